/** depmod's lists, and the order in which modules are loaded. (modules.dep(5)) Pure. */
import { basename } from 'node:path';

/** A kernel's modules, as depmod lists them. */
export interface ModuleLists {
  /** The text of modules.dep. */
  readonly dep: string;
  /** The text of modules.builtin. */
  readonly builtin: string;
}

/** The modules to load, in this order, by their paths below the modules' directory; and those of the wanted ones that this kernel has in no way. */
interface LoadOrder {
  readonly load: readonly string[];
  readonly absent: readonly string[];
}

/** A module's name, as the kernel has it: 'kernel/drivers/virtio/virtio-pci.ko.xz' is virtio_pci. */
export function moduleName(path: string): string {
  return basename(path).replace(/\.ko(?:\.\w+)?$/, '').replaceAll('-', '_');
}

export function loadOrder(wanted: readonly string[], { dep, builtin }: ModuleLists): LoadOrder {
  const paths = new Map<string, string>();
  const needs = new Map<string, string[]>();
  for (const line of dep.split('\n')) {
    const [path, rest] = line.split(':', 2);
    if (path === undefined || rest === undefined) continue;
    paths.set(moduleName(path), path);
    needs.set(path, rest.split(/\s+/).filter((word) => word !== ''));
  }
  const builtIn = new Set(builtin.split('\n').map(moduleName));
  const load: string[] = [];
  const absent: string[] = [];
  for (const name of wanted) {
    const path = paths.get(name);
    if (path === undefined) {
      if (!builtIn.has(name)) absent.push(name);
      continue;
    }
    // Listed so that the last one comes first.
    for (const one of [...(needs.get(path) ?? []).toReversed(), path]) if (!load.includes(one)) load.push(one);
  }
  return { load, absent };
}
