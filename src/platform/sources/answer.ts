import { SourceFault } from './fault.ts';
import type { SourceInterface } from './shape.ts';

/** One row as the source spells it, under the contract's field names; null where the source says nothing. */
export type SourceRow = Record<string, string | null>;

/** What a connector brings home. `asOf`: up to when the source says it knows. */
export type Answer = {
  readonly covered: boolean;
  readonly rows: readonly SourceRow[];
  readonly asOf?: Date | undefined;
};

/** One question to one interface; `signal` ends it. */
export type Question<Interface extends SourceInterface = SourceInterface> = {
  readonly to: Interface;
  readonly code: string;
  readonly name: string;
  readonly signal: AbortSignal;
};

export type Connector = {
  /** Throws SourceFault, or an error of a driver that `networkFault` knows. */
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
};

/** The value at a path of an answer; undefined where the path leads nowhere. Only own properties are followed. */
export function valueAt(answer: unknown, path: string): unknown {
  let value = answer;
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

const FIELD_NAME = /^[a-z][a-z0-9_]{1,59}$/;

/** The rows under the contract's names. Throws `shape_unexpected` or `rows_too_many`. */
export function rowsFrom(
  found: unknown,
  { fields, rowsMax }: { fields: SourceInterface['fields']; rowsMax: number },
): SourceRow[] {
  if (!Array.isArray(found)) throw new SourceFault('shape_unexpected');
  if (found.length > rowsMax) throw new SourceFault('rows_too_many');
  return found.map((row: unknown) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new SourceFault('shape_unexpected');
    const values = row as Readonly<Record<string, unknown>>;
    const names =
      fields === undefined
        ? Object.keys(values)
            .filter((name) => FIELD_NAME.test(name))
            .map((name) => [name, name] as const)
        : Object.entries(fields);
    return Object.fromEntries(
      names.map(([name, key]) => [name, Object.hasOwn(values, key) ? textOf(values[key]) : null]),
    );
  });
}

/** A scalar as text. A number too large to have come through JSON whole is worse than none. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  throw new SourceFault('shape_unexpected');
}

/** Parses a JSON answer. Throws `body_unreadable` for other bytes. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new SourceFault('body_unreadable');
    throw error;
  }
}

/** An instant or a Beijing date as the source writes it. Throws `shape_unexpected` for anything else. */
export function instantFrom(value: unknown): Date {
  const text = typeof value === 'string' ? value : '';
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = new Date(isDate ? `${text}T00:00:00+08:00` : text);
  if ((!isDate && !isInstant) || Number.isNaN(at.getTime())) throw new SourceFault('shape_unexpected');
  return at;
}
