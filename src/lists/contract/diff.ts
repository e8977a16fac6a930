import type { Contract } from './shape.ts';

export type ContractDiff = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly {
    readonly field: string;
    readonly what: string;
    readonly before: string;
    readonly after: string;
  }[];
};

/** What differs between two versions, field by field; the facts of the contract itself appear as field `(contract)`. */
export function diffContracts(before: Contract, after: Contract): ContractDiff {
  const old = new Map(before.fields.map((field) => [field.name, field]));
  const now = new Map(after.fields.map((field) => [field.name, field]));
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !now.has(name)),
    changed: [
      ...compare('(contract)', facts(before), facts(after)),
      ...[...now].flatMap(([name, field]) => {
        const was = old.get(name);
        return was === undefined ? [] : compare(name, was, field);
      }),
    ],
  };
}

/** Everything but the fields and what identifies the text itself. */
function facts(contract: Contract): object {
  const { fields: _fields, hash: _hash, text: _text, major: _major, ...rest } = contract;
  return rest;
}

function compare(field: string, before: object, after: object): ContractDiff['changed'][number][] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const left = new Map(Object.entries(before));
  const right = new Map(Object.entries(after));
  return [...names].flatMap((what) => {
    const [a, b] = [JSON.stringify(left.get(what)) ?? '', JSON.stringify(right.get(what)) ?? ''];
    return a === b ? [] : [{ field, what, before: a, after: b }];
  });
}
