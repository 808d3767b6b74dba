"""Tasks that a page asked for, as a worker meets them."""

from engine.store import staff, tasks


def next_task(qtbot, client):
    """Claim the next task, once there is one."""
    worker, found = staff.enter(client.store, "task"), []

    def claimed():
        found.append(tasks.claim_task(client.store, worker))
        return found[-1] is not None

    qtbot.waitUntil(claimed)
    return found[-1]
