"""What is made of a child's output, mostly of real children's: whole lines, harmless ones, and no secret."""

from dataclasses import replace

import pytest

from release_async.base.errors import CommandError
from release_async.base.secret import MASK, Secret
from release_async.process import child_output
from release_async.process.run_process import run
from support import canary, secrets
from support.processes import python


async def test_lines_are_harmless_and_whole() -> None:
    """Both streams are heard, without escapes and controls, split at any line end, the last one unended."""
    heard: list[str] = []
    code = r"""
import sys
sys.stdout.buffer.write(b'\x1b[31mred\x1b[0m\x07 \xc3\xa4\x1b]0;title\x07\r\n10%\r20%\n\nlast')
sys.stderr.write('\u202eerr\x9b2J\n')
"""
    await run(python(code), on_line=heard.append)
    assert sorted(heard) == ["", "10%", "20%", "err", "last", "red ä"]


async def test_a_line_without_end_is_told_in_bounded_pieces() -> None:
    """A flood that never ends its line does not gather in memory for the sink."""
    heard: list[str] = []
    await run(python("print('x' * 1_000_000)"), on_line=heard.append)
    assert "".join(heard) == "x" * 1_000_000
    assert max(map(len, heard)) <= child_output.MAX_LINE_BYTES + 65536


TOKEN = secrets.characters(40)


async def test_a_secret_in_a_line_without_end_is_hidden_wherever_the_line_is_cut() -> None:
    """The pieces that a sink is told join to the whole line, with a mask for the secret."""
    for before in range(3 * 4093 - 42, 3 * 4093 + 3):  # around the first cut
        heard: list[str] = []
        with child_output.masking([Secret(TOKEN)]):
            drain = child_output.Drain(None, heard.append)
        whole = b"x" * before + TOKEN.encode() + b"y" * 9000 + b"\n"
        for start in range(0, len(whole), 4093):
            drain._tell(whole[start : start + 4093])  # noqa: SLF001 - a pipe cuts where it likes
        assert "".join(heard) == f"{'x' * before}{MASK}{'y' * 9000}"
        assert len(heard) > 1


async def test_what_is_shown_of_a_command_holds_no_secret() -> None:
    """Neither a line, nor the last words of a failure, nor the halves at a gap; an answer is as it was."""
    heard: list[str] = []
    said = f"print('x' * 10_000 + {TOKEN!r} * 3, {TOKEN!r}); print('\\xe4' + {TOKEN!r}, file=sys.stderr)"
    with child_output.masking([Secret(TOKEN)]):
        failed = await run(python(f"import sys; {said}; sys.exit(1)"), on_line=heard.append)
        with pytest.raises(CommandError) as caught:
            failed.checked()
        gaps = [
            await run(replace(python(f"print({TOKEN!r} * 1000)"), kept_bytes=kept))
            for kept in (990, 1000, 1010)
        ]
    assert TOKEN in failed.stdout
    assert not canary.shows("".join(heard))
    assert heard.count(f"\xe4{MASK}") == 1
    assert MASK in caught.value.detail
    assert not canary.shows(caught.value.detail)
    for gap in gaps:
        assert not gap.complete
        assert "bytes were left out" in gap.stdout
        assert not any(TOKEN[at : at + 4] in gap.stdout for at in range(len(TOKEN) - 3))
    with child_output.masking([Secret(TOKEN)]), pytest.raises(CommandError) as caught:
        gaps[0].checked()
    assert not canary.shows(caught.value.detail)


async def test_letters_are_whole_wherever_the_line_is_cut() -> None:
    """A letter of several bytes that lies across two pieces is no mark of a decoding error."""
    heard: list[str] = []
    await run(python("print('x' + 'ä' * 50_000, end='')"), on_line=heard.append)
    assert "".join(heard) == "x" + "ä" * 50_000
