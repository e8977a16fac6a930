import type { PermittedField } from './permit.ts';
import type { Answer, PolicySet } from './policy-set.ts';
import type { ContractFacts, ContractField, ReaderFacts } from './question.ts';

/** What holds for the reader towards one contract. */
export type ContractQuestion = {
  readonly contract: ContractFacts;
  readonly ownContract: boolean;
  /** Names of the fields that the consent covers; none without one. */
  readonly scope: ReadonlySet<string>;
  /** Names of those that it covers for comparing alone. */
  readonly verifyScope: ReadonlySet<string>;
  /** Names of those that it covers for computing what is released of them, and for nothing else. */
  readonly computeScope: ReadonlySet<string>;
};

/** Readable and comparable fields of one contract, and the grounds on which the others were refused. */
export type ContractReading = {
  readonly fields: readonly PermittedField[];
  /** Fields that may be compared with a claimed value: those that may be read, and those usable but not visible. */
  readonly verifiable: readonly string[];
  /** Fields that may not be read and yet may enter a computation. */
  readonly computable: readonly string[];
  readonly grounds: readonly string[];
};

type Remembered = WeakMap<ContractFacts, Map<string, ContractReading>>;
const remembered = new WeakMap<PolicySet, Remembered>();
/** Consents name fields, so there may be many questions of one contract; the memory is bounded all the same. */
const READINGS_MAX = 2_000;

/** `readerKey` is `keyOfReader(reader)`, made once for all contracts of a question. */
export type KeyedReader = { readonly reader: ReaderFacts; readonly readerKey: string };

/** The reading of one contract; remembered per policy set for contracts that are frozen and so cannot change. */
export function readContract(
  policies: PolicySet,
  { reader, readerKey }: KeyedReader,
  question: ContractQuestion,
): ContractReading {
  const { contract, ownContract, scope, verifyScope, computeScope } = question;
  if (!Object.isFrozen(contract)) return decideFields(policies, reader, question);
  const ofContract = rememberedOf(policies, contract);
  const scopes = [scope, verifyScope, computeScope].map(keyOfScope).join('|');
  const key = `${readerKey}|${ownContract}|${scopes}`;
  const known = ofContract.get(key);
  if (known !== undefined) return known;
  const reading = decideFields(policies, reader, question);
  if (ofContract.size >= READINGS_MAX) ofContract.clear();
  ofContract.set(key, reading);
  return reading;
}

function rememberedOf(policies: PolicySet, contract: ContractFacts): Map<string, ContractReading> {
  const ofSet = remembered.get(policies) ?? new WeakMap<ContractFacts, Map<string, ContractReading>>();
  remembered.set(policies, ofSet);
  const ofContract = ofSet.get(contract) ?? new Map<string, ContractReading>();
  ofSet.set(contract, ofContract);
  return ofContract;
}

/** Everything of the reader that a decision depends on, as one string. */
export function keyOfReader({ kind, roles, purpose, ownRecord, population, financing }: ReaderFacts): string {
  const asked = financing === undefined ? '' : Object.values(financing).join();
  return `${kind}|${roles.join()}|${purpose}|${ownRecord}|${population}|${asked}`;
}

/** Consents of the same scope share its sets, see `proveConsent`, so that the key of a set is made once. */
const scopeKeys = new WeakMap<ReadonlySet<string>, number>();
const numbered = new Map<string, number>();
const NUMBERED_MAX = 20_000;
let lastNumber = 0;

/** A number for the names in it, whatever their order; never given to other names, also when it is forgotten. */
export function keyOfScope(scope: ReadonlySet<string>): number {
  const known = scopeKeys.get(scope);
  if (known !== undefined) return known;
  const names = [...scope].sort().join();
  const key = numbered.get(names) ?? (lastNumber += 1);
  if (numbered.size >= NUMBERED_MAX) numbered.clear();
  numbered.set(names, key);
  scopeKeys.set(scope, key);
  return key;
}

/** What may be done with one field; `ground` is why it may not be shown whole, where a forbid says so. */
export type FieldAnswer = {
  readonly name: string;
  readonly disclosure: string;
  readonly shown: 'whole' | 'masked' | 'never';
  readonly verifiable: boolean;
  /** Not to be shown whole, and may enter a computation of which a release rule lets something out. */
  readonly computable: boolean;
  readonly ground: string | undefined;
};

/** 读取 read, 遮盖读取 read_masked, 核验 verify, 计算 compute: what the policies are asked of a field. */
type FieldAction = 'read' | 'read_masked' | 'verify' | 'compute';

const none: ReadonlySet<string> = new Set();

/** Asks the policies about each field of one contract, without memory of earlier questions. */
export function explainFields(
  policies: PolicySet,
  reader: ReaderFacts,
  { contract, ownContract, scope, verifyScope, computeScope }: ContractQuestion,
): FieldAnswer[] {
  const further = { read: none, read_masked: none, verify: verifyScope, compute: computeScope };
  return contract.fields.map((field) => {
    const ask = (action: FieldAction): Answer => {
      const inScope = scope.has(field.name) || further[action].has(field.name);
      return askFor(action, { policies, reader, field, list: contract.list, ownContract, inScope });
    };
    const whole = ask('read');
    const masked = whole.isAllowed ? whole : ask('read_masked');
    return {
      name: field.name,
      disclosure: field.disclosure,
      shown: whole.isAllowed ? 'whole' : masked.isAllowed ? 'masked' : 'never',
      verifiable: reader.financing !== undefined && ask('verify').isAllowed,
      computable: !whole.isAllowed && reader.financing !== undefined && ask('compute').isAllowed,
      ground: masked.isAllowed ? undefined : masked.ground,
    };
  });
}

function decideFields(policies: PolicySet, reader: ReaderFacts, question: ContractQuestion): ContractReading {
  const answers = explainFields(policies, reader, question);
  const readable = answers.filter(({ shown }) => shown !== 'never');
  const grounds = new Set(answers.flatMap(({ ground }) => (ground === undefined ? [] : [ground])));
  return Object.freeze({
    fields: Object.freeze(
      readable.map(({ name, shown }) => Object.freeze({ name, masked: shown === 'masked' })),
    ),
    verifiable: Object.freeze(answers.filter(({ verifiable }) => verifiable).map(({ name }) => name)),
    computable: Object.freeze(answers.filter(({ computable }) => computable).map(({ name }) => name)),
    grounds: Object.freeze([...grounds]),
  });
}

type FieldQuestion = {
  readonly policies: PolicySet;
  readonly reader: ReaderFacts;
  readonly field: ContractField;
  readonly list: string;
  readonly ownContract: boolean;
  readonly inScope: boolean;
};

function askFor(
  action: FieldAction,
  { policies, reader, field, list, ownContract, inScope }: FieldQuestion,
): Answer {
  const { kind, roles, purpose, ownRecord, population, financing } = reader;
  const { disclosure, grade } = field;
  const asked = { purpose, ownRecord, ownContract, population };
  return policies.ask({
    kind,
    roles,
    action,
    resource: { type: 'Field', disclosure, grade, list },
    context: financing === undefined ? asked : { ...asked, financing: { ...financing, inScope } },
  });
}
