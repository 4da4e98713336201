/** All commands. Each is loaded when it is asked for: `vm` does not wait for what `watch` needs. */
import type { Command } from './shared/command.ts';

export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  vm: async () => (await import('./vm.ts')).vm,
  watch: async () => (await import('./watch.ts')).watch,
  check: async () => (await import('./check.ts')).check,
  bisect: async () => (await import('./history/bisect.ts')).bisect,
  each: async () => (await import('./history/each.ts')).each,
  interop: async () => (await import('./vm/interop.ts')).interop,
  ps: async () => (await import('./reach/ps.ts')).ps,
  exec: async () => (await import('./reach/exec.ts')).exec,
  sh: async () => (await import('./reach/exec.ts')).sh,
  path: async () => (await import('./path.ts')).path,
  cp: async () => (await import('./reach/cp.ts')).cp,
  forward: async () => (await import('./reach/forward.ts')).forward,
  console: async () => (await import('./reach/console.ts')).consoleCommand,
  sysrq: async () => (await import('./reach/kernel.ts')).sysrq,
  nmi: async () => (await import('./reach/kernel.ts')).nmi,
  monitor: async () => (await import('./reach/monitor.ts')).monitor,
  gdb: async () => (await import('./reach/gdb.ts')).gdb,
  dump: async () => (await import('./reach/dump.ts')).dump,
  drgn: async () => (await import('./reach/drgn.ts')).drgn,
  stop: async () => (await import('./reach/stop.ts')).stop,
  evidence: async () => (await import('./evidence.ts')).evidence,
  packages: async () => (await import('./packages.ts')).packages,
  source: async () => (await import('./source.ts')).source,
  config: async () => (await import('./config.ts')).config,
  kernel: async () => (await import('./kernel.ts')).kernel,
  python: async () => (await import('./python.ts')).python,
  vido: async () => (await import('./vido.ts')).vido,
  bridge: async () => (await import('./bridge.ts')).bridge,
  clean: async () => (await import('./clean.ts')).clean,
  bench: async () => (await import('./bench.ts')).bench,
  doctor: async () => (await import('./doctor.ts')).doctor,
  plan: async () => (await import('./plan.ts')).plan,
  mcp: async () => (await import('./mcp.ts')).mcp,
  completion: async () => (await import('./completion.ts')).completion(allCommands),
};

export function allCommands(): Promise<Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}
