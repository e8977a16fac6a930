import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { beginningOfBeijingDate, beijingDate } from '#kernel';
import { interfaceRefusal } from './interface-refusals.ts';

const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const strict = { additionalProperties: false } as const;

/** What an interface has before it: an entry is made when its end is announced. Days are Beijing dates. */
const Lifecycle = Type.Object(
  {
    /** `POST /api/v1/…` as in the interface document, or `source <id> <contract>`. */
    interface: Type.String({ minLength: 5, maxLength: 200 }),
    deprecatedOn: Day,
    withdrawnOn: Day,
    /** What takes its place; null: nothing does. */
    successor: Type.Union([Type.String({ minLength: 5, maxLength: 200 }), Type.Null()]),
  },
  strict,
);
export type Lifecycle = Readonly<Static<typeof Lifecycle>>;
const LifecycleFile = Type.Object({ lifecycles: Type.Array(Lifecycle, { maxItems: 1_000 }) }, strict);

export type InterfaceState = 'current' | 'deprecated' | 'withdrawn';

/** Interfaces are announced to integrators, who need time: an end sooner than this is a mistake in the file. */
const NOTICE_DAYS_MIN = 90;

/**
 * Reads `lifecycle.yaml` of these folders (the package's `models/interfaces`, then the city's `interfaces`); a later
 * entry for the same interface replaces the earlier. Refuses with `interface.lifecycle_not_valid`.
 */
export function loadLifecycles(folders: readonly string[]): ReadonlyMap<string, Lifecycle> {
  const all = new Map<string, Lifecycle>();
  for (const folder of folders.filter(existsSync)) {
    for (const name of readdirSync(folder).filter((file) => file === 'lifecycle.yaml')) {
      for (const one of readLifecycles(join(folder, name))) all.set(one.interface, one);
    }
  }
  return all;
}

function readLifecycles(file: string): readonly Lifecycle[] {
  const content: unknown = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 });
  const [error] = Value.Errors(LifecycleFile, content);
  if (error !== undefined) return refuse(error.instancePath, error.message);
  const { lifecycles } = content as Static<typeof LifecycleFile>; // as just checked
  for (const one of lifecycles) {
    const noticeMs = dayOf(one.withdrawnOn) - dayOf(one.deprecatedOn);
    if (!(noticeMs >= NOTICE_DAYS_MIN * 86_400_000))
      refuse(one.interface, `from deprecatedOn to withdrawnOn must be ${NOTICE_DAYS_MIN} days or more`);
  }
  return lifecycles;
}

function dayOf(date: string): number {
  return beginningOfBeijingDate(date).getTime();
}

function refuse(place: string, reason: string): never {
  throw interfaceRefusal('interface.lifecycle_not_valid', {
    file: 'lifecycle.yaml',
    reason: `${place} ${reason}`,
  });
}

/** The state on the Beijing day of this instant. */
export function interfaceState(lifecycle: Lifecycle | undefined, at: Date): InterfaceState {
  const today = beijingDate(at);
  if (lifecycle === undefined || today < lifecycle.deprecatedOn) return 'current';
  return today < lifecycle.withdrawnOn ? 'deprecated' : 'withdrawn';
}

/** Headers that tell a program of the end of what it calls: RFC 9745 (`Deprecation`), RFC 8594 (`Sunset`). */
export function lifecycleHeaders({
  deprecatedOn,
  withdrawnOn,
  successor,
}: Lifecycle): Record<string, string> {
  const path = successor === null ? undefined : /\/\S+$/.exec(successor)?.[0];
  return {
    deprecation: `@${dayOf(deprecatedOn) / 1_000}`,
    sunset: beginningOfBeijingDate(withdrawnOn).toUTCString(),
    ...(path === undefined ? {} : { link: `<${path}>; rel="successor-version"` }),
  };
}

/** Throws `interface.withdrawn`. */
export function refuseWithdrawn({ withdrawnOn, successor }: Lifecycle): never {
  throw interfaceRefusal('interface.withdrawn', { withdrawnOn, successor: successor ?? '—' });
}
