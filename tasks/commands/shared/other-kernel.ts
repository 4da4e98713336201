/** A kernel beside the one that is built here: an image, a tree that was built, `host`, `installed:VERSION`, or a variant of the tree, which is built. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { featuresFor } from '../../../config/packages.ts';
import type { Call } from '../../cli/spec.ts';
import { hostFailure } from '../../host/reasons.ts';
import { findKernel } from '../../machine/modules/find.ts';
import { machineFor } from '../../machine/microvm.ts';
import { imageIn } from '../../paths/lab/image.ts';
import type { PeerKernel } from '../../paths/lab/peer.ts';
import { pathFailure } from '../../paths/reasons.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { bootedKernel, bringUpVm } from '../../targets/goals.ts';
import type { Context } from './context.ts';

export type OtherKernel =
  | { readonly kind: 'image'; readonly path: string }
  /** `context`: with the variant's settings. */
  | { readonly kind: 'variant'; readonly context: Context };

/** @param text what exists as a file counts before a variant of that name; one of a tree goes before it */
export function otherKernel(text: string, context: Context): Result<OtherKernel> {
  const path = resolve(context.cwd, text);
  if (text === 'host' || text.startsWith('installed:') || text.includes('/') || existsSync(path)) {
    const found = findKernel(text, context.cwd);
    const image = isFailure(found) ? found : imageIn(found);
    return isFailure(image) ? image : { kind: 'image', path: image };
  }
  const variant = context.forVariant(text);
  if (!isFailure(variant)) return { kind: 'variant', context: variant };
  return hostFailure.is(variant, 'no-variant') ? pathFailure({ reason: 'no-kernel', name: text, variants: variant.detail.known }) : variant;
}

/** Builds it, where it is a variant's. */
export async function broughtUp(other: OtherKernel, call: Call): Promise<Result<PeerKernel>> {
  if (other.kind === 'image') return { path: other.path, modules: undefined, machine: 'auto' };
  const { context } = other;
  const { settings } = context;
  const ready = await bringUpVm(settings, {
    needs: {}, say: context.say,
    bringUp: (goals) => context.bringUp(goals, { features: [...featuresFor({ ...settings, vmNics: [] }, process.env), 'paths'], install: call.options['install'] === true, retry: 'npm run vm -- --install' }),
  });
  if (isFailure(ready)) return ready;
  const booted = bootedKernel(settings);
  return isFailure(booted) ? booted : { path: booted.path, modules: booted.modules, machine: machineFor('auto', booted.findsMicrovm) };
}
