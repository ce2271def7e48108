import errno
import os
from pathlib import Path

import pytest

from livingdrug.core import files
from livingdrug.core.errors import OutputError
from livingdrug.core.files import atomic_path, check_output, write_text

NOT_ROOT = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere"
)


def store(path, content="{}"):
    path.mkdir()
    (path / "zarr.json").write_text(content)
    return path


def leftovers(folder):
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".")]


def test_file_appears_only_when_complete(tmp_path):
    target = tmp_path / "out.tar.gz"
    with atomic_path(target) as temporary:
        temporary.write_text("new")
        assert temporary.parent == target.parent
        assert temporary.name.endswith("out.tar.gz")
        assert not target.exists()
    assert target.read_text() == "new"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_failure_keeps_the_old_content_and_leaves_nothing(tmp_path, kind, error):
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("old")
    else:
        store(target, "old")
    with pytest.raises(error), atomic_path(target, force=True, kind=kind) as temporary:  # noqa: PT012
        if kind == "file":
            temporary.write_text("half")
        else:
            store(temporary, "half")
        raise error
    assert (target if kind == "file" else target / "zarr.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_existing_file_is_replaced_only_with_force(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old")
    target.chmod(0o640)
    with pytest.raises(OutputError, match=r"out\.csv exists; use --force"):
        write_text(target, "new")
    assert target.read_text() == "old"
    write_text(target, "new", force=True)
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_directory_is_replaced_as_a_whole(tmp_path):
    target = store(tmp_path / "run.zarr", "old")
    (target / "chunk").write_text("stale")
    with atomic_path(target, force=True, kind="directory") as temporary:
        store(temporary, "new")
        assert (target / "zarr.json").read_text() == "old"
    assert [entry.name for entry in target.iterdir()] == ["zarr.json"]
    assert (target / "zarr.json").read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.zarr"]


def test_old_directory_returns_when_the_last_rename_fails(tmp_path, monkeypatch):
    target = store(tmp_path / "run.zarr", "old")
    rename = Path.rename

    def failing(self, to):
        if self.name.startswith(".part"):
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with (
        pytest.raises(OutputError, match="Permission denied"),
        atomic_path(target, force=True, kind="directory") as temporary,
    ):
        store(temporary, "new")
    assert (target / "zarr.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.zarr"]


def test_empty_directory_may_be_filled_without_force(tmp_path):
    target = tmp_path / "run.zarr"
    target.mkdir()
    with atomic_path(target, kind="directory") as temporary:
        store(temporary)
    assert (target / "zarr.json").exists()


def test_foreign_directory_is_never_replaced(tmp_path):
    target = tmp_path / "documents"
    target.mkdir()
    (target / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="not replaced even with --force"):
        check_output(target, True, kind="directory")


@pytest.mark.parametrize("force", [False, True])
def test_reasons_for_refusal(tmp_path, force):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="is a directory; give the name of a file"):
        check_output(tmp_path / "folder", force)
    with pytest.raises(OutputError, match="is a file, but a folder is to be written"):
        check_output(tmp_path / "file", force, kind="directory")
    with pytest.raises(OutputError, match=r"the folder .*absent' does not exist"):
        check_output(tmp_path / "absent" / "x.csv", force)
    with pytest.raises(OutputError, match="is a file, not a folder"):
        check_output(tmp_path / "file" / "x.csv", force)
    with pytest.raises(OutputError, match="not the name of a file"):
        check_output("", force)
    with pytest.raises(OutputError, match="not the name of a file"):
        check_output("/", force)
    with pytest.raises(OutputError, match="cannot be written"):
        check_output(tmp_path / ("x" * 300), force)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs /dev/null")
def test_devices_are_not_replaced():
    with pytest.raises(OutputError, match="not a regular file"):
        check_output("/dev/null", True)


def test_unwritable_parent_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="no permission to write in the folder"):
        check_output(tmp_path / "x.csv")


@NOT_ROOT
def test_folder_without_write_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="no permission"):
            check_output(tmp_path / "x.csv")
    finally:
        tmp_path.chmod(0o700)


def test_links_are_followed_not_replaced(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    write_text(link, "new", force=True)
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_file_that_appears_meanwhile_is_not_overwritten(tmp_path):
    target = tmp_path / "x.csv"
    with pytest.raises(OutputError, match="exists"), atomic_path(target) as temporary:  # noqa: PT012
        temporary.write_text("ours")
        target.write_text("theirs")
    assert target.read_text() == "theirs"
    assert leftovers(tmp_path) == []


def test_writing_nothing_is_an_error(tmp_path):
    with pytest.raises(OutputError, match="no file was written"), atomic_path(tmp_path / "x"):
        pass
    with (
        pytest.raises(OutputError, match="no directory was written"),
        atomic_path(tmp_path / "x", kind="directory") as temporary,
    ):
        temporary.write_text("a file")
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_reported_as_output_error(tmp_path):
    with (  # noqa: PT012
        pytest.raises(OutputError, match=r"x\.csv: cannot be written: No space left"),
        atomic_path(tmp_path / "x.csv") as temporary,
    ):
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_unrelated_os_errors_pass_through(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "x.csv"):
        (tmp_path / "other input").read_text()


def test_relative_names_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text("x.txt", "α\n")
    assert (tmp_path / "x.txt").read_bytes() == "α\n".encode()


@pytest.mark.parametrize("length", [60, 200, 246, 255])
def test_long_names_work(tmp_path, length):
    target = tmp_path / ("x" * (length - 4) + ".csv")
    write_text(target, "old")
    with pytest.raises(ValueError, match="stop"), atomic_path(target, force=True) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise ValueError("stop")
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
