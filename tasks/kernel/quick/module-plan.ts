/** How the modules that changed are gone over and linked, without the others: worked out from what the last build left. */
import { join } from 'node:path';
import { textOf, writeWhole } from '../../host/files.ts';
import { isFailure } from '../../report/failure.ts';
import type { BuildDirs, BuildIndex } from '../inputs/index-model.ts';
import { savedCommand } from './facts.ts';
import type { LinkForm } from './link-form.ts';
import { moduleLinks, type ModuleLink } from './module-link.ts';
import { forSomeModules, someModules, type SomeModules } from './modpost.ts';

export interface ModulePlan {
  readonly some: SomeModules;
  /** Where make need not make the last link. */
  readonly links: readonly ModuleLink[] | undefined;
}

interface PlanRequest {
  readonly index: BuildIndex;
  readonly form: LinkForm;
  /** Whether vmlinux is linked, too. */
  readonly vmlinux: boolean;
  /** What the modules that changed are linked from: whole paths; `undefined` where others may have to be linked as well. */
  readonly modules: readonly string[] | undefined;
  /** Options that are `y`, without `CONFIG_`. */
  readonly config: ReadonlySet<string>;
}

/** @returns `undefined` where all modules have to be gone over: also where an edit concerns what modpost writes alone */
export function planModules({ index, form, vmlinux, modules, config }: PlanRequest): ModulePlan | undefined {
  const { build } = index.tree;
  if (form !== 'makefiles' || vmlinux || modules === undefined || modules.length === 0) return undefined;
  const some = forSomeModules({
    command: savedCommand(join(build, '.Module.symvers.cmd')),
    order: textOf(join(build, 'modules.order')) ?? '',
    symvers: textOf(join(build, 'Module.symvers')) ?? '',
    modules: modules.map((path) => path.slice(build.length + 1)),
  });
  // BTF is put in after the link, by a command that Kbuild does not save.
  return some && { some, links: config.has('DEBUG_INFO_BTF_MODULES') ? undefined : moduleLinks(modules, index) };
}

/** Writes what modpost is to read. @returns the plan; `undefined` where there is none, or it cannot be written */
export function writePlan(plan: ModulePlan | undefined, { build }: BuildDirs): ModulePlan | undefined {
  const names = ['order', 'objects', 'others', 'own'] as const;
  return plan === undefined || names.some((name) => isFailure(writeWhole(join(build, someModules[name]), plan.some.files[name]))) ? undefined : plan;
}
