import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beijingDate, inTransaction, runJobs, silentLogger } from '#kernel';
import {
  type Contract,
  findEnterprise,
  isAtSource,
  listReviews,
  openGivingGround,
  processDelivery,
  releaseHeld,
} from '#lists';
import { commandLineCaller, registerParticipant } from '#platform';
import { type Admission, logOrigin, startSequencer } from '#security';
import { buildApp } from '../../src/entry/http/app.ts';
import type { App } from '../../src/entry/http/app-types.ts';
import type { Node } from '../../src/entry/node.ts';
import { openNodeSources } from '../../src/entry/sources.ts';
import { addPeople, CODE, OTHER_CODE } from '../flows/consent-setting.ts';
import { addPerson, type Ending, keepingLogger, type LoggedLine, openTestNode } from '../flows/http-node.ts';
import { admissionOf } from '../flows/outcomes-setting.ts';
import { openTarget, type Target } from '../flows/monitoring-push-setting.ts';
import {
  type Aviary,
  type CanaryRow,
  makeCanaryRow,
  openAviary,
  rngOf,
  type Subject,
} from './leak-canaries.ts';
import { connectAllSources, type LeakDepartment, startLeakDepartment } from './leak-department.ts';
import { outsideSettings } from './leak-outside.ts';
import { deliver } from './lists.ts';
import { freePort, registerBank, type Registered } from './oidc-client.ts';

/** Two enterprises of which everything is known; the second is the stranger. */
export const OWN: Subject = { owner: 'enterprise-a', code: CODE, name: '北京甲科技有限公司' };
export const STRANGER: Subject = { owner: 'enterprise-b', code: OTHER_CODE, name: '北京乙商贸有限公司' };
/** A row that its department must correct, and whose subject nobody has found yet. */
const QUARANTINED: Subject = { ...OWN, owner: 'quarantine' };
/** Good rows beside a bad one: fewer, and the delivery would be returned whole. */
const GOOD_ROWS = 40;
/** A dataset with many invisible fields, and one with a secret one. */
export const QUARANTINED_CONTRACT = 'v03_contracts';
/** A dataset of a department, to which the enterprise objects. */
export const OBJECTED_CONTRACT = 'n08_penalty';
export const HELD_CONTRACT = 'v02_financials';

export type LeakCity = {
  readonly app: App;
  readonly node: Node;
  readonly url: string;
  readonly aviary: Aviary;
  readonly lines: readonly LoggedLine[];
  readonly department: LeakDepartment;
  /** Servers of the bank and of its platform, for their endpoints. */
  readonly targets: readonly [Target, Target];
  readonly machines: { readonly bank: Registered; readonly other: Registered; readonly platform: Registered };
  /** Of the dataset with a row in quarantine. */
  readonly deliveryId: string;
  readonly reviewNos: readonly string[];
  readonly drain: () => Promise<void>;
};

/** A node whose every dataset, held or at its source, is full of canaries. */
export async function openLeakCity(t: Ending, seed: number): Promise<LeakCity> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const lines: LoggedLine[] = [];
  const bare = await openTestNode(t, {
    publicUrl: url,
    logger: keepingLogger(lines),
    settings: { XINQIAO_PUSH_NETWORKS: '127.0.0.1/32', ...outsideSettings(t) },
  });
  await addPeople(bare);
  await addOthers(bare);
  const aviary = openAviary();
  const making = {
    aviary,
    catalogue: bare.lists.catalogue,
    rng: rngOf(seed),
    today: beijingDate(bare.clock.now()),
  };
  const rowsOf = (contract: Contract, subject: Subject) => makeCanaryRow(making, contract, subject);
  const department = await startLeakDepartment(t, rowsAtSource(bare, rowsOf));
  const node = connect(t, bare, department);
  const deliveryId = await deliverAll(node, rowsOf);
  const app = await buildApp(node);
  t.after(() => app.close());
  await app.listen({ host: '127.0.0.1', port });
  const drain = await startWork(t, node);
  const reviews = await inTransaction(node.database, (tx) => listReviews(tx, { state: 'open', limit: 10 }));
  const machines = {
    bank: await registerBank(node, { clientId: 'leak-bank' }),
    other: await registerBank(node, { clientId: 'leak-other', participantId: 'other-bank' }),
    platform: await registerBank(node, { clientId: 'leak-platform', participantId: 'platform' }),
  };
  const reviewNos = reviews.map(({ reviewNo }) => reviewNo);
  const targets = [await openTarget(t), await openTarget(t)] as const;
  return { app, node, url, aviary, lines, department, targets, machines, deliveryId, reviewNos, drain };
}

type RowOf = (contract: Contract, subject: Subject) => CanaryRow;

function rowsAtSource({ lists }: Node, rowOf: RowOf): Map<string, CanaryRow[]> {
  const rows = new Map<string, CanaryRow[]>();
  for (const contract of lists.catalogue.contracts.values()) {
    if (!isAtSource(contract)) continue;
    for (const subject of [OWN, STRANGER]) {
      const { 统一社会信用代码: _code, 企业名称: _name, ...row } = rowOf(contract, subject);
      rows.set(`${contract.id} ${subject.code}`, [row]);
    }
  }
  return rows;
}

function connect(t: Ending, node: Node, department: LeakDepartment): Node {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-leak-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { packageFolder, keysFolder } = node.config;
  connectAllSources(packageFolder, folder, keysFolder);
  const config = { ...node.config, definitionsFolder: folder };
  const sources = openNodeSources({ ...node, config }, { department: department.address });
  t.after(() => sources.stop());
  return { ...node, askSources: sources.ask, sources: sources.book };
}

/** Every dataset that the node holds, by ordinary deliveries. Returns the id of the one with a row in quarantine. */
async function deliverAll({ lists }: Node, rowOf: RowOf): Promise<string> {
  let deliveryId = '';
  for (const contract of lists.catalogue.contracts.values()) {
    if (!contract.sharingModes.includes('replicated')) continue;
    const rows = [rowOf(contract, OWN), rowOf(contract, STRANGER)];
    const isSpoilt = contract.id === QUARANTINED_CONTRACT;
    if (isSpoilt) rows.push(...goodRows(contract, rowOf), spoil(contract, rowOf(contract, QUARANTINED)));
    if (contract.id === HELD_CONTRACT) rows.push(...heldRows(contract, rowOf));
    const content = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const giver = contract.givenBackBy === undefined ? {} : { giver: await letGive(lists, contract) };
    const receipt = await deliver(lists, { contract: contract.id, content, ...giver });
    assert.equal(receipt.quarantined, isSpoilt ? 1 : 0, `${contract.id} ${JSON.stringify(receipt.defects)}`);
    assert.ok((receipt.new ?? 0) >= 2, `${contract.id} ${JSON.stringify(receipt)}`);
    if (isSpoilt) deliveryId = receipt.delivery;
  }
  return deliveryId;
}

/** Both enterprises let the bank give it back, from long ago on. */
async function letGive({ database, clock }: Node['lists'], { id }: Contract): Promise<Admission> {
  const institutionId = 'bank';
  await inTransaction(database, async (tx) => {
    for (const { code, owner } of [OWN, STRANGER]) {
      const { enterpriseId } = await findEnterprise(tx, code);
      const at = clock.now();
      const ground = {
        enterpriseId,
        consentId: `cns_${owner}`,
        institutionId,
        contractIds: [id],
        dataFrom: '1900-01-01',
        dataTo: null,
        frequency: { count: 9, unit: 'day' },
        validTo: new Date(at.getTime() + 86_400_000),
      } as const;
      await openGivingGround(tx, ground, at);
    }
  });
  return admissionOf({ institutionId, branchId: institutionId });
}

function goodRows(contract: Contract, rowOf: RowOf): CanaryRow[] {
  return Array.from({ length: GOOD_ROWS }, () => rowOf(contract, STRANGER));
}

function spoil(contract: Contract, row: CanaryRow): CanaryRow {
  const date = contract.fields.find(({ kind, required }) => kind === 'date' && required);
  assert(date !== undefined);
  return { ...row, [date.name]: '不是日期' };
}

/** Of three enterprises that nobody has registered under these codes: the rows wait for a person. */
function heldRows(contract: Contract, rowOf: RowOf): CanaryRow[] {
  return ['91110108MA01HELD18', '91110108MA01HELD26', '91110108MA01HELD34'].map((code, at) => ({
    ...rowOf(contract, { ...OWN, owner: 'held' }),
    统一社会信用代码: code,
    企业名称: `北京待核${at}有限公司`,
  }));
}

/** One person of each kind beside those of the consents; all with the tests' one password. */
async function addOthers(node: Node): Promise<void> {
  const provider = String(node.lists.catalogue.contracts.get(QUARANTINED_CONTRACT)?.provider);
  for (const role of [
    'data_admin',
    'system_admin',
    'security_admin',
    'audit_admin',
    'admission_officer',
  ] as const) {
    await addPerson(node, { login: role, kind: 'operator', roles: [role] });
  }
  await addPerson(node, {
    login: 'deliverer',
    kind: 'provider',
    roles: ['deliverer', 'confirmer'],
    organisation: provider,
  });
  await addPerson(node, {
    login: 'other-deliverer',
    kind: 'provider',
    roles: ['deliverer'],
    organisation: String(node.lists.catalogue.contracts.get(OBJECTED_CONTRACT)?.provider),
  });
  await addRegulator(node);
  await addPerson(node, { login: 'reader', kind: 'reader' });
  for (const [kind, participantId] of [
    ['institution', 'bank'],
    ['platform', 'platform'],
  ] as const) {
    const roles = ['institution_admin', 'inquirer', 'reporter', 'modeller', 'risk_officer'] as const;
    await addPerson(node, { login: `${kind}-all`, kind, roles: [...roles], participantId });
  }
}

async function addRegulator(node: Node): Promise<void> {
  const { policies, clock, keys } = node;
  const acting = { caller: commandLineCaller('test', 'admission_officer'), policies, clock, keys };
  const regulator = { participantId: 'regulator', kind: 'regulator', institutionType: null } as const;
  const name = { zh: '监管部门', en: 'Regulator' };
  await inTransaction(node.database, (tx) =>
    registerParticipant(tx, acting, { ...regulator, name, parentId: null, code: null }),
  );
  const participantId = regulator.participantId;
  await addPerson(node, { login: 'supervisor', kind: 'regulator', roles: ['supervisor'], participantId });
}

/** The worker and the log's writer of a node; returns how to wait until the log has everything. */
async function startWork(t: Ending, { database, lists, keys, config }: Node): Promise<() => Promise<void>> {
  const handlers = {
    process_delivery: ({ deliveryNo }: Readonly<Record<string, string>>) =>
      processDelivery(lists, String(deliveryNo)),
    release_held: ({ reviewNo }: Readonly<Record<string, string>>) => releaseHeld(lists, String(reviewNo)),
  };
  const runner = await runJobs(database, handlers, { concurrency: 1, logger: silentLogger });
  const origin = logOrigin(config.publicUrl);
  const sequencer = startSequencer({ database, keys, origin, logger: silentLogger });
  t.after(() => runner.stop());
  t.after(() => sequencer.stop());
  return () => sequencer.drain();
}
