import { createHash } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { beginningOfBeijingDate, beijingDate, endOfBeijingDate, inTransaction, type Tx } from '#kernel';
import {
  type Acting,
  ADMISSION_WORDS,
  approveAdmission,
  endAgreement,
  INSTITUTION_WORDS,
  listParticipants,
  listProposals,
  PARTICIPANT_KINDS,
  PARTICIPANT_WORDS,
  type ParticipantKind,
  proposeAdmission,
  registerParticipant,
  rejectAdmission,
  signAgreement,
  suspendAdmission,
  WRITTEN_STATES,
} from '#platform';
import { INSTITUTION_TYPES, type InstitutionType } from '#security';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { readGivenFile } from '../read-given-file.ts';

type Json = { json?: boolean };

/** Who takes part, and in which state; what opens something is proposed by one person and approved by another. */
export function addParticipants(program: Command): void {
  const participants = program
    .command('participants')
    .description('参与方和接入 · who takes part, and admission');
  addList(participants);
  addRegister(participants);
  addPropose(participants);
  addDecisions(participants);
  addAgree(participants);
}

function addList(participants: Command): void {
  participants
    .command('list', { isDefault: true })
    .option('--json', 'one JSON line')
    .description('参与方和待批事项 · participants, and what waits for a second person')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const at = node.clock.now();
        const [listed, proposals] = await inTransaction(
          node.database,
          async (tx) => [await listParticipants(tx, at), await listProposals(tx)] as const,
          'snapshot',
        );
        output.answer({ participants: listed, proposals }, () =>
          [
            table(
              ['编号', '类别', '名称', '接入状态', '协议'],
              listed.map(({ participantId, kind, institutionType, name, state, agreements }) => [
                participantId,
                institutionType === null ? PARTICIPANT_WORDS[kind].zh : INSTITUTION_WORDS[institutionType].zh,
                name.zh,
                ADMISSION_WORDS[state].zh,
                agreements.map((agreement) => agreement.with).join(' '),
              ]),
            ),
            table(
              ['待批', '参与方', '状态', '起', '理由', '提出人'],
              proposals.map(({ proposalId, participantId, state, validFrom, reason, proposedBy }) => [
                proposalId,
                participantId,
                ADMISSION_WORDS[state].zh,
                beijingDate(validFrom),
                reason,
                proposedBy,
              ]),
            ),
          ].join('\n\n'),
        );
      });
    });
}

type RegisterOptions = Json & {
  kind: ParticipantKind;
  type?: InstitutionType;
  parent?: string;
  name: string;
  nameEn: string;
  code?: string;
};

function addRegister(participants: Command): void {
  participants
    .command('register')
    .argument('<id>', 'lower-case letters, digits and dashes')
    .addOption(new Option('--kind <kind>').choices(PARTICIPANT_KINDS).makeOptionMandatory())
    .addOption(new Option('--type <type>', 'of an institution').choices(INSTITUTION_TYPES))
    .option('--parent <id>', 'the office above')
    .requiredOption('--name <name>', 'Chinese name; of a department as contracts write it')
    .requiredOption('--name-en <name>', 'English name')
    .option('--code <code>', 'unified social credit code or licence number')
    .option('--json', 'one JSON line')
    .description('登记参与方或分支机构 · register a participant or an office')
    .action(async (participantId: string, options: RegisterOptions) => {
      await act(options, async (tx, acting) => {
        await registerParticipant(tx, acting, {
          participantId,
          kind: options.kind,
          institutionType: options.type ?? null,
          parentId: options.parent ?? null,
          name: { zh: options.name, en: options.nameEn },
          code: options.code ?? null,
        });
        return { answer: { participantId }, line: `${participantId} 已登记，尚未接入。` };
      });
    });
}

type ProposeOptions = Json & {
  state: (typeof WRITTEN_STATES)[number];
  from?: string;
  to?: string;
  reason: string;
  materials?: string;
};

function addPropose(participants: Command): void {
  participants
    .command('propose')
    .argument('<id>')
    .addOption(new Option('--state <state>').choices(WRITTEN_STATES).makeOptionMandatory())
    .option('--from <date>', 'first day, Beijing; default now', requireDay)
    .option('--to <date>', 'last day, after which it reads as expired', requireDay)
    .requiredOption('--reason <text>')
    .option('--materials <file>', 'what was examined; its digest is kept')
    .option('--json', 'one JSON line')
    .description('提出接入事项，由另一人批准 · propose a state; another person approves')
    .action(async (participantId: string, options: ProposeOptions) => {
      await act(options, async (tx, acting) => {
        const proposalId = await proposeAdmission(tx, acting, {
          participantId,
          state: options.state,
          validFrom: options.from === undefined ? acting.clock.now() : beginningOfBeijingDate(options.from),
          validTo: options.to === undefined ? null : endOfBeijingDate(options.to),
          reason: options.reason,
          materialsDigest: options.materials === undefined ? null : digestOf(options.materials),
        });
        return { answer: { proposalId }, line: `已提出 ${proposalId}，待另一人批准。` };
      });
    });
}

function addDecisions(participants: Command): void {
  const decisions = [
    { name: 'approve', zh: '批准', decide: approveAdmission },
    { name: 'reject', zh: '驳回', decide: rejectAdmission },
  ] as const;
  for (const { name, zh, decide } of decisions) {
    participants
      .command(name)
      .argument('<proposal>')
      .option('--json', 'one JSON line')
      .description(`${zh} · ${name} what another person proposed`)
      .action(async (proposalId: string, options: Json) => {
        await act(options, async (tx, acting) => {
          await decide(tx, acting, proposalId);
          return { answer: { proposalId, done: name }, line: `${proposalId} 已${zh}。` };
        });
      });
  }
  participants
    .command('suspend')
    .argument('<id>')
    .requiredOption('--reason <text>')
    .option('--json', 'one JSON line')
    .description('立即暂停 · suspend at once')
    .action(async (participantId: string, options: Json & { reason: string }) => {
      await act(options, async (tx, acting) => {
        await suspendAdmission(tx, acting, { participantId, reason: options.reason });
        return { answer: { participantId, done: 'suspend' }, line: `${participantId} 已暂停。` };
      });
    });
}

type AgreeOptions = Json & { signed?: string; to?: string; document?: string; end?: boolean };

function addAgree(participants: Command): void {
  participants
    .command('agree')
    .argument('<platform>')
    .argument('<institution>')
    .option('--signed <date>', 'day of signature, Beijing', requireDay)
    .option('--to <date>', 'last day of its term', requireDay)
    .option('--document <file>', 'the signed document; its digest is kept')
    .option('--end', 'end the agreement in force instead')
    .option('--json', 'one JSON line')
    .description('登记或终止平台与机构的协议 · register or end an agreement')
    .action(async (platformId: string, institutionId: string, options: AgreeOptions, command: Command) => {
      const { signed, to, document, end } = options;
      if (end !== true && (signed === undefined || document === undefined))
        command.error('error: --signed and --document are required, or --end');
      await act(options, async (tx, acting) => {
        const parties = { platformId, institutionId };
        if (end === true) await endAgreement(tx, acting, parties);
        else
          await signAgreement(tx, acting, {
            ...parties,
            signedAt: beginningOfBeijingDate(signed ?? ''),
            validTo: to === undefined ? null : endOfBeijingDate(to),
            documentDigest: digestOf(document ?? ''),
          });
        return { answer: { ...parties, done: end === true ? 'ended' : 'signed' }, line: '协议已登记。' };
      });
    });
}

type Done = { readonly answer: object; readonly line: string };

/** One act in one transaction, in the duty of an admission officer. */
async function act(options: Json, work: (tx: Tx, acting: Acting) => Promise<Done>): Promise<void> {
  await withNode({ ...options, duty: 'admission_officer' }, async ({ node, output, caller }) => {
    const { policies, clock, keys } = node;
    const acting = { caller, policies, clock, keys };
    const { answer, line } = await inTransaction(node.database, (tx) => work(tx, acting));
    output.answer(answer, () => line);
  });
}

/** A date that exists, `YYYY-MM-DD`. */
function requireDay(text: string): string {
  const at = beginningOfBeijingDate(text);
  const isDay = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) && !Number.isNaN(at.getTime());
  if (!isDay || beijingDate(at) !== text) throw new InvalidArgumentError('a date, YYYY-MM-DD');
  return text;
}

function digestOf(file: string): string {
  return createHash('sha256').update(readGivenFile(file)).digest('hex');
}
