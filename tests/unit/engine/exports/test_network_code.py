import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from engine.build import make_backbone
from engine.exports.content import Content
from engine.exports.network_code import network_code
from engine.exports.part import whole
from engine.spec.run_spec import BackboneSpec
from engine.training.data import Images, Normalise

ALONE = """
import sys
sys.modules.update(engine=None, studio=None)
sys.path.insert(0, ".")
import torch
from network import load, network, normalise
images, expected = torch.load("case.pt")
weights = load()
for name, weight in weights.items():
    weight.requires_grad_(name.endswith("weight"))
logits = network(normalise(images), weights)
torch.testing.assert_close(logits.detach(), expected)
logits.sum().backward()
assert weights["head.weight"].grad.abs().sum() > 0
print(sorted(name for name in sys.modules if name.startswith(("engine", "studio"))))
"""


@pytest.mark.long
@pytest.mark.parametrize("name", [
    "aig_resnet20", pytest.param("resnet8_a", marks=pytest.mark.slow),
])
def test_that_the_code_runs_alone_for_any_batch_and_lets_gradients_through(name, tmp_path):
    torch.manual_seed(0)
    network = make_backbone(BackboneSpec(name=name), 4, 3).eval().requires_grad_(False)
    images = torch.randint(0, 256, (5, 8, 8, 3), dtype=torch.uint8)
    normalise = Normalise((0.4, 0.5, 0.6), (0.2, 0.25, 0.3))
    held = Images(images.numpy(), torch.arange(5).numpy(), None, torch.device("cpu"))
    content = Content(network, (8, 8, 3), held, normalise, whole(), "abcd")
    state = network.state_dict()
    code = network_code(content, state.keys(), "A network.")
    (tmp_path / "network.py").write_text(code)
    save_file(state, tmp_path / "model.safetensors")
    torch.save((images, network(normalise(images))), tmp_path / "case.pt")
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "['engine', 'studio']\n"  # blocked, both
