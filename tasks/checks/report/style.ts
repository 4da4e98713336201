/** How the report looks: in light and in dark, on a screen of any width, and without a script. Data only. */

/** A cell's details are hidden until a link has led to them: `:target`. Those of a run's source follow them in the same box. */
export const style = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1c2024; --dim: #60646c; --line: #d9d9e0; --box: #f9f9fb; --link: #0b62c4;
  --pass: #e6f4ea; --pass-fg: #17692d; --fail: #ffd9d6; --fail-fg: #a31616; --late: #ffe3bd; --late-fg: #7a4300; --lost: #ead9fb; --lost-fg: #6a1b9a; --skip: #ececf0; --skip-fg: #5c6067; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #111315; --fg: #e8eaed; --dim: #a0a5ad; --line: #3a3f44; --box: #1b1e21; --link: #7ab7ff;
    --pass: #14301d; --pass-fg: #7ee2a0; --fail: #5a1a1a; --fail-fg: #ffc4bf; --late: #4d3208; --late-fg: #ffd699; --lost: #3d2459; --lost-fg: #e2c5ff; --skip: #2a2d31; --skip-fg: #b0b4ba; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--bg); color: var(--fg); font: 14px/1.45 system-ui, sans-serif; width: max-content; min-width: 100%; }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; }
a { color: var(--link); }
.intro { position: sticky; left: 1rem; width: calc(100vw - 3rem); max-width: 60rem; }
.intro p { margin: .35rem 0; }
.key span { display: inline-block; margin-right: 1rem; white-space: nowrap; }
.key b { display: inline-block; width: 1.4em; text-align: center; border-radius: 3px; margin-right: .3em; }
table { border-collapse: separate; border-spacing: 0; margin-top: .75rem; }
th { font-weight: normal; text-align: left; background: var(--bg); }
thead th { position: sticky; top: 0; z-index: 2; vertical-align: bottom; border-bottom: 1px solid var(--line); padding: .2rem 0; }
thead th.day a { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; text-decoration: none; font-size: 12px; padding: .1rem 0; }
thead th.day { text-align: center; min-width: 1.5rem; }
tbody th { position: sticky; left: 0; z-index: 1; padding: 0 .75rem 0 1rem; white-space: nowrap; max-width: 34rem; overflow: hidden; text-overflow: ellipsis; font: 13px/1.6 ui-monospace, monospace; }
thead th.name { position: sticky; left: 0; z-index: 3; padding-left: 1rem; }
table { margin-left: -1rem; }
tr.part th { font: 600 14px/1.4 system-ui, sans-serif; padding-top: .8rem; overflow: visible; }
td { padding: 0; height: 1.5rem; border-left: 1px solid transparent; }
td.sum { padding: 0 .75rem 0 0; text-align: right; color: var(--dim); white-space: nowrap; font-size: 12px; }
td.other, th.other { border-left-color: var(--dim); }
td a { display: block; min-width: 1.4rem; margin: 1px; line-height: 1.3rem; text-align: center; text-decoration: none; border-radius: 3px; font-size: 12px; }
td a:hover, td a:focus { outline: 2px solid var(--link); }
tbody tr:hover th { background: var(--box); }
.passed { background: var(--pass); color: var(--pass-fg); }
.failed { background: var(--fail); color: var(--fail-fg); font-weight: 700; }
.timed-out { background: var(--late); color: var(--late-fg); font-weight: 700; }
.lost { background: var(--lost); color: var(--lost-fg); font-weight: 700; }
.skipped { background: var(--skip); color: var(--skip-fg); }
#bad:checked ~ table tr.good { display: none; }
.run { position: fixed; top: 0; right: 0; bottom: 0; width: min(58rem, 94vw); overflow: auto; pointer-events: none; z-index: 9; }
.card, .source { display: none; pointer-events: auto; background: var(--box); border-left: 1px solid var(--line); padding: .9rem 1.1rem; }
.card:target { display: block; box-shadow: -6px 0 24px #0004; }
.card:target ~ .source { display: block; min-height: 60vh; border-top: 1px solid var(--line); }
.card h2 { font: 600 1rem/1.4 ui-monospace, monospace; margin: 0 0 .4rem; overflow-wrap: anywhere; }
.card nav { float: right; margin-left: 1rem; }
.card nav a { margin-left: .8rem; }
.card .verdict { display: inline-block; padding: .05rem .5rem; border-radius: 3px; }
.card p, .source p { margin: .4rem 0; overflow-wrap: anywhere; }
.dim { color: var(--dim); }
details { margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; }
pre { margin: .4rem 0; padding: .6rem; background: var(--bg); border: 1px solid var(--line); border-radius: 4px; font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 8; }
pre .a { color: var(--pass-fg); } pre .d { color: var(--fail-fg); } pre .h { color: var(--link); }
ul { margin: .3rem 0; padding-left: 1.2rem; }
`;
