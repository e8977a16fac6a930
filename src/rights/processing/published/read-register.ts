import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import { readStandings, type Standing } from '../assessments/standings.ts';
import type { ProcessingContext } from '../processing-context.ts';
import type { Register, RegisterActivity, RegisterDataset } from '../register/generate-register.ts';
import {
  keepRegister,
  type KeptRegister,
  listRegisters,
  readKeptRegister,
  type RegisterVersion,
} from '../register/keep-register.ts';

export type ShownActivity = RegisterActivity & { readonly assessment: Standing };
export type WholeRegister = Omit<KeptRegister, 'register'> & {
  readonly register: Omit<Register, 'activities'> & { readonly activities: readonly ShownActivity[] };
};

/** A dataset without its fields: what anyone may know of it. */
export type PublicDataset = Omit<RegisterDataset, 'hash' | 'personal'> & {
  readonly categories: readonly string[];
  readonly sensitive: boolean;
};
export type PublicActivity = Omit<ShownActivity, 'assessment' | 'scopeDigest'> & {
  readonly assessment: Pick<Standing, 'state' | 'validUntil'>;
};
export type PublicRegister = Pick<KeptRegister, 'registerNo' | 'digest' | 'knownFrom' | 'receiptId'> & {
  readonly register: Omit<Register, 'activities' | 'datasets' | 'regulators'> & {
    readonly datasets: readonly PublicDataset[];
    readonly activities: readonly PublicActivity[];
  };
};

/**
 * The whole register for the node's people, in force or as of a version, each activity with how its assessment stands today.
 * Throws the policy's refusal, `processing.version_unknown`.
 */
export async function readWholeRegister(
  tx: Tx,
  context: ProcessingContext,
  { caller, version }: { readonly caller: Caller; readonly version?: number | undefined },
): Promise<WholeRegister> {
  requireAllowed(context.policies, caller, 'see_processing');
  const inForce = await keepRegister(tx, context);
  const kept = version === undefined ? inForce : await readKeptRegister(tx, version);
  return await withStandings(tx, context, kept);
}

/** Versions on record, newest first, below `before`. Throws the policy's refusal. */
export async function readRegisterVersions(
  tx: Tx,
  context: ProcessingContext,
  { caller, before }: { readonly caller: Caller; readonly before?: number | undefined },
): Promise<RegisterVersion[]> {
  requireAllowed(context.policies, caller, 'see_processing');
  return await listRegisters(tx, before);
}

/** The public part (PIPL article 17): for anyone, without names of fields and without whom a breach is reported to. */
export async function readPublicRegister(tx: Tx, context: ProcessingContext): Promise<PublicRegister> {
  const { registerNo, digest, knownFrom, receiptId, register } = await withStandings(
    tx,
    context,
    await keepRegister(tx, context),
  );
  const { regulators: _inside, datasets, activities, ...rest } = register;
  const shown = {
    ...rest,
    datasets: datasets.map(publicDataset),
    activities: activities.map(publicActivity),
  };
  return { registerNo, digest, knownFrom, receiptId, register: shown };
}

async function withStandings(tx: Tx, context: ProcessingContext, kept: KeptRegister): Promise<WholeRegister> {
  const standings = await readStandings(tx, context, kept.register.activities);
  const activities = kept.register.activities.map((activity, at) => ({
    ...activity,
    assessment: standings[at] ?? NONE,
  }));
  return { ...kept, register: { ...kept.register, activities } };
}

const NONE: Standing = { state: 'none', assessmentId: null, versionNo: null, risk: null, validUntil: null };

function publicDataset({ hash: _hash, personal, ...dataset }: RegisterDataset): PublicDataset {
  return {
    ...dataset,
    categories: [...new Set(personal.map(({ category }) => category))],
    sensitive: personal.some(({ sensitive }) => sensitive),
  };
}

function publicActivity({ assessment, scopeDigest: _digest, ...activity }: ShownActivity): PublicActivity {
  return { ...activity, assessment: { state: assessment.state, validUntil: assessment.validUntil } };
}
