"""How a benchmark's page looks: on a screen, wide or narrow, light or dark, and on paper."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #fff; --ink: #22262b; --faint: #5d656e; --rule: #dcdad3;
  --measured: #0b6e8f; --modelled: #a85b00; --counted: #5b4bb0; --emulator: #77808a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --card: #1c2024; --ink: #e6e4df; --faint: #a0a8b0; --rule: #343a40;
    --measured: #5cc2e0; --modelled: #f0a550; --counted: #a99bf5; --emulator: #8d969f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: .8rem;
     border-top: 1px solid var(--rule); }
p { max-width: 46rem; margin: .4rem 0; }
small, .quiet { color: var(--faint); font-size: .85rem; }
code, pre { font: .85rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
pre { background: var(--card); border: 1px solid var(--rule); border-radius: 6px;
      padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }
.cards { display: grid; gap: .8rem; margin: 1.4rem 0 0;
         grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 8px;
        padding: .8rem 1rem; }
.card p { margin: .1rem 0; }
.key { display: inline-grid; place-items: center; min-width: 1.6rem; height: 1.6rem;
       padding: 0 .2rem; border-radius: 4px; background: var(--ink); color: var(--paper);
       font-size: .85rem; font-weight: 600; }
.card .key { margin-right: .5rem; }
figure { margin: 1.1rem 0 1.6rem; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: .3rem; }
figcaption small { font-weight: 400; }
.row { display: grid; align-items: center; column-gap: .8rem;
       grid-template-columns: 1.7rem minmax(6rem, 11rem) 1fr minmax(0, 16rem);
       padding: .15rem 0; }
.row .name, .row .value { line-height: 1.3; overflow-wrap: anywhere; }
.row .value small { display: block; }
.track { display: block; overflow: visible; }
.track text { fill: var(--faint); font-size: 12px; }
.ground { stroke: var(--rule); stroke-width: 1; }
.band { stroke: var(--modelled); stroke-width: 6; stroke-opacity: .35; stroke-linecap: round; }
.dot { fill: var(--measured); stroke: var(--measured); stroke-width: 2; }
.dot.modelled { fill: var(--card); stroke: var(--modelled); }
.dot.declared { fill: var(--card); stroke: var(--counted); }
.dot.counted { fill: var(--counted); stroke: var(--counted); }
.dot.emulator { fill: var(--card); stroke: var(--emulator); }
.times .band { stroke: var(--measured); }
.times.of-emulators .band { stroke: var(--emulator); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0;
         border-bottom: 1px solid var(--rule); min-width: 7rem; }
th { font-weight: 600; } thead th { border-bottom-width: 2px; }
td small, th small { display: block; font-weight: 400; }
.legend { display: grid; gap: .35rem .8rem; grid-template-columns: 1.6rem 1fr;
          align-items: start; margin: .6rem 0; max-width: 46rem; }
.legend svg { width: 1.6rem; height: 26px; overflow: visible; }
ul { padding-left: 1.2rem; max-width: 46rem; margin: .4rem 0; }
details summary { cursor: pointer; }
@media (max-width: 44rem) {
  .row { grid-template-columns: 1.7rem minmax(0, 1fr) minmax(0, 1.15fr); }
  .row .track { grid-column: 1 / -1; grid-row: 2; }
  .row .value { grid-row: 1; grid-column: 3; text-align: right; }
  .row:not(.axis) { padding-bottom: .3rem; }
  .row.axis > span { display: none; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --faint: #444; --rule: #bbb;
          --measured: #0b6e8f; --modelled: #a85b00; --counted: #5b4bb0; --emulator: #666; }
  html { font-size: 11px; }
  body { padding: 0; max-width: none; }
  .scroll { overflow: visible; }
  h2 { break-after: avoid; }
  .card, tr, pre { break-inside: avoid; }
  .key { border: 1px solid #000; color: #000; background: #fff; }
}
"""
