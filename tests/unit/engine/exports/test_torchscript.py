import gc
import zipfile

import psutil
import pytest
import torch
from torch import nn

from engine.exports.harmless import check_script
from engine.exports.plain_file import write_plain
from engine.exports.torchscript import TorchScript
from engine.spec.errors import ExportError
from engine.spec.options import Options
from tests.unit.engine.exports.small import SIZE, small_shipment

TEACHER = 300
WIDE, TIMES = 2_000_000, 4
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit")


class Around(nn.Module):
    """A network in another, that hides nothing."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)


class InABranch(Around):
    def __init__(self, network):
        super().__init__(network)
        self.teacher = torch.rand(TEACHER, TEACHER)

    def forward(self, x):
        if bool(x.sum() > 1e9):
            x = x + (x.sum() * self.teacher).sum()
        return self.network(x)


class InAList(Around):
    def __init__(self, network):
        super().__init__(network)
        self.teacher = [torch.rand(TEACHER, TEACHER)]


class InAFurtherMethod(Around):
    def __init__(self, network):
        super().__init__(network)
        self.weight = torch.rand(TEACHER, TEACHER)

    @torch.jit.export
    def teacher(self, x: torch.Tensor):
        return x @ self.weight


class InDecimals(Around):
    def __init__(self, network):
        super().__init__(network)
        self.teacher = torch.rand(TEACHER * TEACHER).tolist()


class InKeys(Around):
    def __init__(self, network):
        super().__init__(network)
        self.teacher = {"AAECAwQF" * (TEACHER * TEACHER // 8): 1}


class InAText(Around):
    def __init__(self, network):
        super().__init__(network)
        self.teacher = "AAECAwQF\n  weight = 1" * (TEACHER * TEACHER // 8)


@pytest.fixture(scope="module")
def plain(formats, tmp_path_factory):
    """A small network in this format."""
    ship = small_shipment()
    [form] = formats("torchscript").values()
    folder = tmp_path_factory.mktemp("plain")
    return write_plain(form, ship.content(ship.blank_part()), ship.blank_part, folder)


@pytest.fixture
def graph(formats, tmp_path):
    """A function: what is found in a file of the network inside another module."""

    def look(around, kept=()):
        ship, path = small_shipment(), tmp_path / "other.torchscript"
        network = torch.jit.trace(ship.blank_part(), torch.zeros(2, 3, SIZE, SIZE))
        scripted = torch.jit.script(around(network).eval())
        torch.jit.save(torch.jit.freeze(scripted, list(kept)), path)
        return formats("torchscript")["torchscript"].open(path, None).graph()

    return look


def test_that_a_network_around_it_adds_nothing(plain, graph):
    assert graph(Around).surplus(plain.opened.graph()) == ""


@pytest.mark.parametrize(("around", "kept"), [
    (InABranch, ()), (InAList, ["teacher"]), (InAFurtherMethod, ["teacher"]),
    (InDecimals, ["teacher"]), (InAText, ["teacher"]), (InKeys, ["teacher"]),
])
def test_that_a_teacher_is_found_wherever_it_is_hidden(plain, graph, around, kept):
    found, expected = graph(around, kept), plain.opened.graph()
    assert found.surplus(expected)
    assert found.numbers - expected.numbers >= TEACHER * TEACHER


def test_that_operators_in_a_branch_are_counted(plain, graph):
    found, expected = graph(InABranch).nodes, plain.opened.graph().nodes
    assert {"prim::If", "aten::mul"} <= {*found} - {*expected}


def test_that_tensors_that_nothing_refers_to_are_counted(plain, formats, tmp_path):
    path = tmp_path / "more.torchscript"
    path.write_bytes(plain.path.read_bytes())
    with zipfile.ZipFile(path, "a") as file:
        root = file.namelist()[0].partition("/")[0]
        file.writestr(f"{root}/constants/99", bytes(4000))
    found = formats("torchscript")["torchscript"].open(path, None).graph()
    assert found.surplus(plain.opened.graph()) == "1 × uint8 4000"


@pytest.mark.long
def test_that_no_weights_stay_in_memory_after_a_file_was_written(tmp_path):
    shipment = small_shipment(nn.Sequential(nn.Linear(4, WIDE), nn.Linear(WIDE, 4)))
    content = shipment.content(shipment.blank_part())
    size = 4 * sum(value.numel() for value in content.network.state_dict().values())
    form, process = TorchScript(Options()), psutil.Process()
    form.write(content, tmp_path / "first.torchscript")
    before = process.memory_info().rss
    for _ in range(TIMES):
        form.write(content, tmp_path / "again.torchscript")
        gc.collect()
    assert process.memory_info().rss - before < TIMES * size / 2


class Reshaped(nn.Module):
    """It computes with sizes, as shuffled channels do."""

    def forward(self, x):
        count = x.shape[0]
        return x.view(count, x.shape[1] // 2, 2).transpose(1, 2).reshape(count, x.shape[1])


@pytest.mark.parametrize(("last", "node"), [
    (Reshaped(), "prim::NumToTensor"), (nn.GELU(), "aten::gelu"),
])
def test_that_networks_with_sizes_and_with_newer_operators_are_written(
    formats, tmp_path, last, node
):
    ship = small_shipment(last)
    [form] = formats("torchscript").values()
    plain = write_plain(form, ship.content(ship.blank_part()), ship.blank_part, tmp_path)
    assert node in plain.opened.graph().nodes


class WhenLoaded(Around):
    """A module with a state of its own: reading it is code, which is run while it is loaded."""

    @torch.jit.export
    def __getstate__(self):
        return (self.training,)

    @torch.jit.export
    def __setstate__(self, state: tuple[bool]):
        self.training = state[0]


class ToAFile(Around):
    def forward(self, x):
        return self.network(torch.from_file("network.bin", True, 1) + x)


@pytest.mark.parametrize(("around", "said"), [
    (WhenLoaded, "def __getstate__"), (ToAFile, "from_file"),
])
def test_that_code_that_is_run_when_loaded_or_touches_files_is_refused(
    formats, tmp_path, monkeypatch, around, said
):
    path = tmp_path / "other.torchscript"
    monkeypatch.chdir(tmp_path)
    torch.jit.save(torch.jit.script(around(nn.Identity()).eval()), path)
    with pytest.raises(ExportError) as told:
        formats("torchscript")["torchscript"].open(path, None)
    assert f"other.torchscript has code that is not written here ({said})" in str(told.value)
    assert not (tmp_path / "network.bin").exists()


def with_code(read, path, change):
    """A copy of a file with other code."""
    with zipfile.ZipFile(read) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            is_code = info.filename.endswith(".py")
            new.writestr(info.filename, change(data.decode()).encode() if is_code else data)
    return path


@pytest.mark.parametrize("line", [
    'getattr(torch, "\\163ave")("it", "network.bin")',
    'getattr(torch, "sa" "ve")("it", "network.bin")',
    "torch.ops\\\n.image.write_file(x)",
    "torch.ops # of another library\n.image.write_file(x)",
    "(torch.ops).image.write_file(x)",
    "torch.ops .image.write_file(x)",
    "torch.classes.profiling.SourceRef(x)",
    "def \\\n __setstate__(self, state: str) -> None:\n    pass",
    "x\N{FULLWIDTH FULL STOP}save()",
])
def test_that_code_that_calls_things_by_other_names_is_refused(plain, tmp_path, line):
    other = with_code(plain.path, tmp_path / "other.torchscript",
                      lambda code: code.replace("-> Tensor:\n", f"-> Tensor:\n    {line}\n", 1))
    with pytest.raises(ExportError, match=r"other.torchscript has code that is not written here"):
        check_script(other)


def test_that_code_as_it_is_written_is_not_refused(plain, tmp_path):
    check_script(with_code(plain.path, tmp_path / "same.torchscript", lambda code: code))


def test_that_a_packed_file_is_told(plain, formats, tmp_path):
    path = tmp_path / "packed.torchscript"
    with zipfile.ZipFile(plain.path) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info), zipfile.ZIP_DEFLATED)
    opened = formats("torchscript")["torchscript"].open(path, None)
    with pytest.raises(ExportError, match=r"packed.torchscript is packed \("):
        opened.words()
