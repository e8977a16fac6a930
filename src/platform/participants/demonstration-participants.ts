import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginningOfBeijingDate, endOfBeijingDate, type Tx } from '#kernel';
import { INSTITUTION_TYPES, recordLeaf } from '#security';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Act } from '../accounts.ts';
import type { Acting } from '../acting.ts';
import { approveAdmission, proposeAdmission } from './admissions.ts';
import { signAgreement } from './agreements.ts';
import { enterState, requireParticipant } from './enter-state.ts';
import { listParticipants } from './list-participants.ts';
import { PARTICIPANT_KINDS, WRITTEN_STATES } from './participant-tables.ts';
import { readParticipants } from './read-participants.ts';
import { registerParticipant } from './register-participant.ts';

/** The two people of the demonstration who propose and approve. */
export type Officers = { readonly proposer: Acting; readonly approver: Acting };

/**
 * Registers and admits whoever takes part in the demonstration city, through the same acts as a city's own officers.
 * Does nothing when they are there.
 */
export async function makeDemonstrationParticipants(
  tx: Tx,
  officers: Officers,
  packageFolder: string,
): Promise<void> {
  const { participants, agreements } = readDescription(packageFolder);
  const [first] = participants;
  if (first === undefined || (await readParticipants(tx, [first.id])).has(first.id)) return;
  for (const participant of participants) await makeOffices(tx, officers, { ...participant, parentId: null });
  for (const { platform, signed, institutions } of agreements) {
    for (const institution of institutions) {
      await signAgreement(tx, officers.proposer, {
        platformId: platform,
        institutionId: institution,
        signedAt: beginningOfBeijingDate(signed),
        validTo: null,
        documentDigest: createHash('sha256').update(`${platform} ${institution}`).digest('hex'),
      });
    }
  }
}

/**
 * A city's node carries none of them: what a database brings along from a demonstration is withdrawn, so that neither a
 * client of theirs nor a platform in their name is answered. Returns how many there were.
 */
export async function withdrawDemonstrationParticipants(tx: Tx, act: Act): Promise<number> {
  const at = act.clock.now();
  const heads = (await listParticipants(tx, at)).filter(
    ({ isDemonstration, parentId, state }) => isDemonstration && parentId === null && state !== 'withdrawn',
  );
  for (const { participantId } of heads) {
    await requireParticipant(tx, participantId);
    const body = { act: 'demonstration_withdrawn', participant: participantId, by: act.by };
    const { id } = await recordLeaf(tx, act.keys, { kind: 'admission', at, body });
    await enterState(tx, {
      participantId,
      state: 'withdrawn',
      validFrom: at,
      validTo: null,
      reason: '示范城市',
      proposedBy: act.by,
      approvedBy: act.by,
      at,
      receiptId: id,
    });
  }
  return heads.length;
}

type Step = { readonly state: (typeof WRITTEN_STATES)[number]; readonly from: string; readonly to?: string };
type Office = {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly admission?: readonly Step[];
  readonly offices?: readonly Office[];
};
type Head = Office & {
  readonly kind: (typeof PARTICIPANT_KINDS)[number];
  readonly type?: (typeof INSTITUTION_TYPES)[number];
};
type Agreed = {
  readonly platform: string;
  readonly signed: string;
  readonly institutions: readonly string[];
};

/** An office is described without kind and type: it has those of its head office. */
async function makeOffices(
  tx: Tx,
  officers: Officers,
  office: Head & { parentId: string | null },
): Promise<void> {
  const { id, kind, type, zh, en, parentId, admission = [], offices = [] } = office;
  await registerParticipant(tx, officers.proposer, {
    participantId: id,
    kind,
    institutionType: type ?? null,
    parentId,
    name: { zh, en },
    code: null,
    isDemonstration: true,
  });
  for (const step of admission) {
    const proposalId = await proposeAdmission(tx, officers.proposer, {
      participantId: id,
      state: step.state,
      validFrom: beginningOfBeijingDate(step.from),
      validTo: step.to === undefined ? null : endOfBeijingDate(step.to),
      reason: '示范城市',
      materialsDigest: null,
    });
    await approveAdmission(tx, officers.approver, proposalId);
  }
  const above = { kind, ...(type === undefined ? {} : { type }), parentId: id };
  for (const below of offices) await makeOffices(tx, officers, { ...below, ...above });
}

const strict = { additionalProperties: false } as const;
const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' });
const OFFICE = {
  id: Type.String(),
  zh: Type.String(),
  en: Type.String(),
  admission: Type.Optional(
    Type.Array(
      Type.Object({ state: Type.Enum([...WRITTEN_STATES]), from: Day, to: Type.Optional(Day) }, strict),
    ),
  ),
};
const SubBranch = Type.Object(OFFICE, strict);
const Branch = Type.Object({ ...OFFICE, offices: Type.Optional(Type.Array(SubBranch)) }, strict);
const Description = Type.Object(
  {
    participants: Type.Array(
      Type.Object(
        {
          ...OFFICE,
          kind: Type.Enum([...PARTICIPANT_KINDS]),
          type: Type.Optional(Type.Enum([...INSTITUTION_TYPES])),
          offices: Type.Optional(Type.Array(Branch)),
        },
        strict,
      ),
    ),
    agreements: Type.Array(
      Type.Object({ platform: Type.String(), signed: Day, institutions: Type.Array(Type.String()) }, strict),
    ),
  },
  strict,
);

function readDescription(packageFolder: string): {
  participants: readonly Head[];
  agreements: readonly Agreed[];
} {
  const text = readFileSync(join(packageFolder, 'models', 'participants', 'demonstration.yaml'), 'utf8');
  return Value.Parse(Description, parse(text));
}
