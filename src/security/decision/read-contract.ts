import type { CallerKind } from '../caller.ts';
import type { Purpose } from '../purposes.ts';
import type { PermittedField } from './permit.ts';
import type { Answer, PolicySet } from './policy-set.ts';

/** What a decision needs to know of a contract; the contracts of the lists fit. */
export type ContractFacts = {
  readonly id: string;
  readonly list: string;
  /** The department whose contract it is, spelt as `Caller.organisation`; absent: nobody's own. */
  readonly provider?: string;
  readonly fields: readonly ContractField[];
};

type ContractField = {
  readonly name: string;
  readonly disclosure: 'public' | 'authorised' | 'invisible' | 'secret';
  readonly grade: string;
};

/** The reader's side of the question, without ids. */
export type ReaderFacts = {
  readonly kind: CallerKind;
  readonly roles: readonly string[];
  readonly purpose: Purpose;
  readonly ownRecord: boolean;
  readonly ownContract: boolean;
  readonly population: boolean;
};

/** Readable fields of one contract, and the grounds on which the others were refused. */
export type ContractReading = {
  readonly fields: readonly PermittedField[];
  readonly grounds: readonly string[];
};

type Remembered = WeakMap<ContractFacts, Map<string, ContractReading>>;
const remembered = new WeakMap<PolicySet, Remembered>();

/** The reading of one contract; remembered per policy set for contracts that are frozen and so cannot change. */
export function readContract(
  policies: PolicySet,
  reader: ReaderFacts,
  contract: ContractFacts,
): ContractReading {
  if (!Object.isFrozen(contract)) return decideFields(policies, reader, contract);
  const ofSet = remembered.get(policies) ?? new WeakMap<ContractFacts, Map<string, ContractReading>>();
  remembered.set(policies, ofSet);
  const ofContract = ofSet.get(contract) ?? new Map<string, ContractReading>();
  ofSet.set(contract, ofContract);
  const key = readerKey(reader);
  const reading = ofContract.get(key) ?? decideFields(policies, reader, contract);
  ofContract.set(key, reading);
  return reading;
}

function readerKey(reader: ReaderFacts): string {
  const { kind, roles, purpose, ownRecord, ownContract, population } = reader;
  return `${kind}|${roles.join()}|${purpose}|${ownRecord}|${ownContract}|${population}`;
}

function decideFields(policies: PolicySet, reader: ReaderFacts, contract: ContractFacts): ContractReading {
  const fields: PermittedField[] = [];
  const grounds = new Set<string>();
  for (const field of contract.fields) {
    const whole = askFor('read', { policies, reader, field, list: contract.list });
    const masked = whole.isAllowed
      ? whole
      : askFor('read_masked', { policies, reader, field, list: contract.list });
    if (masked.isAllowed) fields.push(Object.freeze({ name: field.name, masked: !whole.isAllowed }));
    else if (masked.ground !== undefined) grounds.add(masked.ground);
  }
  return Object.freeze({ fields: Object.freeze(fields), grounds: Object.freeze([...grounds]) });
}

function askFor(
  action: 'read' | 'read_masked',
  {
    policies,
    reader,
    field,
    list,
  }: { policies: PolicySet; reader: ReaderFacts; field: ContractField; list: string },
): Answer {
  const { kind, roles, purpose, ownRecord, ownContract, population } = reader;
  const { disclosure, grade } = field;
  return policies.ask({
    kind,
    roles,
    action,
    resource: { type: 'Field', disclosure, grade, list },
    context: { purpose, ownRecord, ownContract, population },
  });
}
