import { canonicalHash } from '#kernel';
import type { Contract } from '#lists';
import {
  type ActivityDefinition,
  notValid,
  type ProcessingDefinition,
} from '../definition/load-processing.ts';

/** A field of a contract that says something of a natural person. */
export type PersonalField = {
  readonly field: string;
  readonly name: string;
  readonly category: string;
  readonly sensitive: boolean;
  readonly disclosure: Contract['disclosures'][number];
};

export type RegisterDataset = Pick<Contract, 'id' | 'version' | 'hash' | 'name' | 'list' | 'provider'> & {
  readonly duty: Contract['duty'];
  readonly sharingModes: Contract['sharingModes'];
  readonly retention: Contract['retention'];
  readonly personal: readonly PersonalField[];
};

export type RegisterActivity = Omit<ActivityDefinition, 'lists' | 'contracts'> & {
  /** Ids of the datasets that it reads. */
  readonly datasets: readonly string[];
  /** How many fields of persons it reads, and how many of them are sensitive. */
  readonly personalFields: number;
  readonly sensitiveFields: number;
  readonly categories: readonly string[];
  /** Over every field of persons it reads and the contract version it stands in: what an assessment was made of. */
  readonly scopeDigest: string;
};

/** 处理活动记录: what the node does with personal information, from contracts and definition and nothing else. */
export type Register = Pick<
  ProcessingDefinition,
  'version' | 'source' | 'crossBorder' | 'persons' | 'measures' | 'regulators'
> & {
  readonly categories: readonly { id: string; zh: string; en: string; sensitive: boolean }[];
  readonly datasets: readonly RegisterDataset[];
  readonly activities: readonly RegisterActivity[];
};

/** The same contracts and definition give the same register. Throws `processing.definition_not_valid`. */
export function generateRegister(
  definition: ProcessingDefinition,
  contracts: ReadonlyMap<string, Contract>,
): Register {
  requireKnown(definition, contracts);
  const datasets = [...contracts.values()]
    .map((contract) => describeDataset(contract, definition))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const { version, source, crossBorder, persons, measures, regulators } = definition;
  return {
    version,
    source,
    crossBorder,
    persons,
    measures,
    regulators,
    categories: definition.categories.map(({ id, zh, en, sensitive }) => ({ id, zh, en, sensitive })),
    datasets,
    activities: definition.activities.map((activity) => describeActivity(activity, datasets)),
  };
}

function describeDataset(contract: Contract, definition: ProcessingDefinition): RegisterDataset {
  const { id, version, hash, name, list, provider, duty, sharingModes, retention } = contract;
  const personal = personalFieldsOf(contract, definition);
  return { id, version, hash, name, list, provider, duty, sharingModes, retention, personal };
}

/** The first category that a field falls under counts. */
export function personalFieldsOf(
  contract: Pick<Contract, 'id' | 'fields'>,
  { categories }: Pick<ProcessingDefinition, 'categories'>,
): PersonalField[] {
  return contract.fields.flatMap(({ name: field, businessName: name, kind, disclosure }) => {
    const found = categories.find(
      ({ kinds, fields = {} }) => kinds.includes(kind) || fields[contract.id]?.includes(field),
    );
    if (found === undefined) return [];
    return [{ field, name, category: found.id, sensitive: found.sensitive, disclosure }];
  });
}

function describeActivity(
  { lists, contracts = [], ...activity }: ActivityDefinition,
  all: readonly RegisterDataset[],
): RegisterActivity {
  const read = all.filter(({ id, list }) => lists.includes(list) || contracts.includes(id));
  const scope = read.flatMap(({ id, version, hash, personal }) => {
    const fields = personal.filter(({ disclosure }) => activity.disclosures.includes(disclosure));
    return fields.length === 0 ? [] : [{ id, version, hash, fields }];
  });
  const fields = scope.flatMap((one) => one.fields);
  return {
    ...activity,
    datasets: read.map(({ id }) => id),
    personalFields: fields.length,
    sensitiveFields: fields.filter(({ sensitive }) => sensitive).length,
    categories: [...new Set(fields.map(({ category }) => category))].toSorted(),
    scopeDigest: canonicalHash({ scope, nodeData: activity.nodeData }),
  };
}

/** Whether the law asks for an assessment: it reads something of persons. */
export function needsAssessment({
  personalFields,
  nodeData,
}: Pick<RegisterActivity, 'personalFields' | 'nodeData'>): boolean {
  return personalFields > 0 || nodeData.length > 0;
}

/** A field named here that no contract has would silently be left out of the register. */
function requireKnown({ categories }: ProcessingDefinition, contracts: ReadonlyMap<string, Contract>): void {
  const faults = categories.flatMap(({ fields = {} }) =>
    Object.entries(fields).flatMap(([id, names]) => {
      const known = new Set(contracts.get(id)?.fields.map(({ name }) => name));
      return names.filter((name) => !known.has(name)).map((name) => `${id}.${name}: no such field`);
    }),
  );
  if (faults.length > 0) throw notValid('processing.yaml', faults);
}
