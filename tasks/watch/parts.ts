/** What a saved file is part of: the kernel itself, or which of its modules. */
import { dependentsOf, type BuildIndex } from '../kernel/inputs/index-model.ts';
import { modulesOfObjects } from '../kernel/quick/modules.ts';
import { moduleName } from '../machine/modules/dependencies.ts';

export interface Parts {
  /** What is built in depends on it. */
  readonly builtIn: boolean;
  /** The kernel's names of the modules that depend on it. */
  readonly modules: readonly string[];
}

/** By what the last build has read. @param path absolute */
export function partsOf(path: string, index: BuildIndex): Parts {
  const objects = dependentsOf(index, new Set([path])).flatMap((entry) => {
    const target = index.files[entry.target] ?? '';
    // What modpost writes for a module is the module's own.
    return entry.source >= 0 && target.endsWith('.o') && !target.endsWith('.mod.o') ? [target] : [];
  });
  const inModules = modulesOfObjects(index.tree, objects);
  return {
    builtIn: objects.some((object) => !inModules.has(object)),
    modules: [...new Set([...inModules.values()].flat().map((object) => moduleName(object.replace(/\.o$/, '.ko'))))].sort(),
  };
}
