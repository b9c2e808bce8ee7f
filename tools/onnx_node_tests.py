"""Run the onnx package's node test cases through edgesdk; write docs/onnx-node-tests.md.

Run from the project's folder: python -m tools.onnx_node_tests
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import onnx
import onnxruntime

import edgesdk
from tests.peers.groups import group
from tests.peers.node_cases import NOT_TENSORS, Outcome, cases, through_edgesdk, through_onnxruntime

PAGE = Path(__file__).parent.parent / "docs" / "onnx-node-tests.md"

HEAD = """# ONNX node tests

The `onnx` package brings {total} test cases, one or more for each operator: a model, its inputs and
the outputs it should give, with tolerances. Each was compiled with `edgesdk.compile(..., "cpu")`,
opened on `edgesdk.connect("cpu:")`, run, and compared by the case's own tolerances; and each was
given to onnxruntime alone, with the same inputs and the same comparison.

edgesdk {edgesdk}, onnx {onnx}, onnxruntime {onnxruntime}. Written by `tools/onnx_node_tests.py`.

| outcome | cases |
| --- | ---: |
| pass | {passed} |
| fail: onnxruntime passes and edgesdk does not, or the other way round | {failed} |
| not applicable, for the reasons below | {skipped} |

A case is not applicable when onnxruntime itself does not pass it, or when what goes in or out is
not a tensor that an array can carry.

| reason | cases | for example |
| --- | ---: | --- |
"""


def main() -> None:
    """Run every case both ways and write the page."""
    passed, failed = 0, []
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, case in sorted(cases().items()):
        library, ours = through_onnxruntime(case), through_edgesdk(case)
        if library.passed and ours.passed:
            passed += 1
        elif library.passed == ours.passed or ours.error_id in NOT_TENSORS:
            reasons[group(name, library, ours)].append(name)
        else:
            failed.append(_failure(name, library, ours))
    PAGE.write_text(_page(passed, failed, reasons))


def _failure(name: str, library: Outcome, ours: Outcome) -> str:
    return f"- `{name}`: onnxruntime: {library.why or 'passes'}; edgesdk: {ours.why or 'passes'}\n"


def _page(passed: int, failed: list[str], reasons: dict[str, list[str]]) -> str:
    skipped = sum(map(len, reasons.values()))
    page = HEAD.format(
        total=passed + len(failed) + skipped,
        edgesdk=edgesdk.__version__,
        onnx=onnx.__version__,
        onnxruntime=onnxruntime.__version__,
        passed=passed,
        failed=len(failed),
        skipped=skipped,
    )
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        page += f"| {reason} | {len(names)} | `{names[0]}` |\n"
    return page + ("\n## Failures\n\n" + "".join(failed) if failed else "")


if __name__ == "__main__":
    main()
