import type { EnterpriseId } from '#kernel';
import type { NewAccount } from './accounts.ts';

/** An account of the demonstration but for its password. */
export type Described = Omit<NewAccount, 'password'>;

export type DemonstrationEnterprise = { readonly id: EnterpriseId; readonly name: string };

/** The two who propose and approve admissions and paper mandates. */
export const OFFICER_LOGINS = ['admission', 'admission2'] as const;
export const REPRESENTATIVE_LOGIN = 'enterprise';
export const AGENT_LOGIN = 'agent';

/** People of the node itself; made first, since the others are admitted by them. */
export function describeOperators(): Described[] {
  const [first, second] = OFFICER_LOGINS;
  return [
    operator('data', 'data_admin', { zh: '节点数据管理员', en: 'Data administrator of the node' }),
    operator('data2', 'data_admin', { zh: '节点数据管理员（复审）', en: 'Data administrator, second' }),
    operator('system', 'system_admin', { zh: '系统管理员', en: 'System administrator' }),
    operator('security', 'security_admin', { zh: '安全管理员', en: 'Security administrator' }),
    operator('audit', 'audit_admin', { zh: '审计员', en: 'Auditor' }),
    operator(first, 'admission_officer', { zh: '授权审核员（初审）', en: 'Admission officer, first' }),
    operator(second, 'admission_officer', { zh: '授权审核员（复审）', en: 'Admission officer, second' }),
    operator('window', 'window_clerk', { zh: '窗口受理员', en: 'Window clerk' }),
    operator('window2', 'window_clerk', { zh: '窗口受理员（复核）', en: 'Window clerk, second' }),
  ];
}

/** A department's person; `participantId` null where the demonstration registers no such department. */
export function describeProvider(
  login: string,
  { organisation, participantId }: { organisation: string; participantId: string | null },
): Described {
  return {
    ...BASE,
    login,
    kind: 'provider',
    roles: ['deliverer', 'confirmer'],
    organisation,
    participantId,
    label: { zh: `${organisation}（数据提供单位）`, en: `Provider ${organisation}` },
  };
}

/** People of the demonstration bank, of a platform and of a regulator. */
export function describeParticipantPeople(): Described[] {
  return [
    ofBank('bank', 'inquirer', 'demo-bank-haidian', {
      zh: '示范银行海淀支行查询员',
      en: 'Inquirer of the demonstration bank, Haidian',
    }),
    ofBank('bank-admin', 'institution_admin', 'demo-bank', {
      zh: '示范银行机构管理员',
      en: 'Administrator of the demonstration bank',
    }),
    ofBank('bank-clerk', 'clerk', 'demo-bank', {
      zh: '示范银行柜面录入员',
      en: 'Counter clerk of the demonstration bank',
    }),
    ofBank('bank-compliance', 'compliance', 'demo-bank', {
      zh: '示范银行合规员',
      en: 'Compliance officer of the demonstration bank',
    }),
    ofBank('bank-risk', 'risk_officer', 'demo-bank', {
      zh: '示范银行风控员',
      en: 'Risk officer of the demonstration bank',
    }),
    {
      ...BASE,
      login: 'platform',
      kind: 'platform',
      roles: ['institution_admin', 'inquirer', 'reporter'],
      organisation: '“创信融”企业融资综合信用服务平台（示范）',
      participantId: 'demo-chuangxinrong',
      label: { zh: '“创信融”平台管理员', en: 'Administrator of the Chuangxinrong platform' },
    },
    {
      ...BASE,
      login: 'regulator',
      kind: 'regulator',
      roles: ['supervisor'],
      organisation: '北京银保监局（示范）',
      participantId: 'demo-regulator-banking',
      label: { zh: '监管人员', en: 'Supervisor' },
    },
  ];
}

/** The legal representative and one agent of an enterprise of the city. */
export function describeEnterprisePeople({ id, name }: DemonstrationEnterprise): Described[] {
  const base = { ...BASE, kind: 'enterprise', enterpriseId: id } as const;
  return [
    {
      ...base,
      login: REPRESENTATIVE_LOGIN,
      roles: ['legal_representative'],
      label: { zh: `${name}（法定代表人）`, en: `Legal representative of ${name}` },
    },
    {
      ...base,
      login: AGENT_LOGIN,
      roles: ['agent'],
      label: { zh: `${name}（经办人）`, en: `Agent of ${name}` },
    },
  ];
}

const BASE = { organisation: null, participantId: null, enterpriseId: null, isDemonstration: true } as const;

function operator(login: string, role: NewAccount['roles'][number], label: NewAccount['label']): Described {
  return { ...BASE, login, kind: 'operator', roles: [role], label };
}

function ofBank(
  login: string,
  role: NewAccount['roles'][number],
  participantId: string,
  label: NewAccount['label'],
): Described {
  const organisation = '示范银行股份有限公司';
  return { ...BASE, login, kind: 'institution', roles: [role], organisation, participantId, label };
}
