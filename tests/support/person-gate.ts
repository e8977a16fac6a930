import { join } from 'node:path';
import type { PersonGate } from '#information';
import type { Clock } from '#kernel';
import { loadPersons, openPersonGate } from '#rights';

const MODELS = join(import.meta.dirname, '../../models');

/** The check of separate consents as the package defines it. */
export function packagePersonGate(clock: Clock): PersonGate {
  return openPersonGate({ clock, persons: loadPersons([MODELS]) });
}
