"""The broker in a folder: a message is there as a whole, or not at all."""

import threading
from pathlib import Path
from typing import Any

from kombu import Connection

MESSAGES = 400


def queue_in(folder: Path, name: str) -> Any:
    folder.mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    connection = Connection(
        transport="portal.operations.broker:FolderTransport", transport_options=options
    )
    return connection.SimpleQueue(name)


def test_a_reader_beside_a_writer_reads_every_message_once(tmp_path: Path) -> None:
    reader, writer = (queue_in(tmp_path / "broker", "many") for _ in range(2))
    sent = [{"number": number, "padding": "x" * 2000} for number in range(MESSAGES)]
    thread = threading.Thread(target=lambda: [writer.put(one) for one in sent])
    thread.start()
    seen: list[int] = []
    while len(seen) < MESSAGES:
        message = reader.get(timeout=10)
        seen.append(message.payload["number"])
        message.ack()
    thread.join()
    assert sorted(seen) == list(range(MESSAGES))
    reader.close()
    writer.close()


def test_an_unfinished_message_is_not_looked_at(tmp_path: Path) -> None:
    queue = queue_in(tmp_path / "broker", "one")
    (tmp_path / "broker" / "1_a.one.msg.unfinished").write_text("")
    queue.put({"whole": True})
    assert queue.get(timeout=5).payload == {"whole": True}
    assert queue.qsize() == 0
    queue.close()
