import type { AccountKind } from './tables.ts';

/** Duties that an account may hold; the access policy says what each allows. */
export const ROLES = {
  system_admin: { zh: '系统管理员', en: 'System administrator' },
  security_admin: { zh: '安全管理员', en: 'Security administrator' },
  audit_admin: { zh: '审计员', en: 'Auditor' },
  data_admin: { zh: '节点数据管理员', en: 'Data administrator of the node' },
  admission_officer: { zh: '授权审核员', en: 'Admission officer' },
  window_clerk: { zh: '窗口受理员', en: 'Clerk of the node’s window' },
  deliverer: { zh: '数据交付人', en: 'Deliverer of a provider' },
  confirmer: { zh: '清单确认人', en: 'Confirmer of a provider' },
  institution_admin: { zh: '机构管理员', en: 'Administrator of an institution or platform' },
  inquirer: { zh: '查询员', en: 'Inquirer' },
  modeller: { zh: '建模员', en: 'Modeller' },
  risk_officer: { zh: '风控员', en: 'Risk officer' },
  reporter: { zh: '反馈员', en: 'Reporter of outcomes' },
  compliance: { zh: '合规员', en: 'Compliance officer' },
  clerk: { zh: '柜面录入员', en: 'Counter clerk' },
  machine: { zh: '接口客户端', en: 'Client of the interface' },
  legal_representative: { zh: '法定代表人', en: 'Legal representative' },
  agent: { zh: '经办人', en: 'Agent under mandate' },
  supervisor: { zh: '监管人员', en: 'Supervisor' },
} as const;

export type Role = keyof typeof ROLES;

const OF_PARTICIPANT: readonly Role[] = [
  'institution_admin',
  'inquirer',
  'modeller',
  'risk_officer',
  'reporter',
  'compliance',
  'clerk',
];

/** Which duties fit whom. `machine` belongs to clients of the interface, which are no accounts. */
const FITTING: Readonly<Record<AccountKind, readonly Role[]>> = {
  operator: [
    'system_admin',
    'security_admin',
    'audit_admin',
    'data_admin',
    'admission_officer',
    'window_clerk',
  ],
  provider: ['deliverer', 'confirmer'],
  institution: OF_PARTICIPANT,
  platform: OF_PARTICIPANT,
  regulator: ['supervisor'],
  reader: [],
  enterprise: ['legal_representative', 'agent'],
};

export function doesRoleFit(kind: AccountKind, role: Role): boolean {
  return FITTING[kind].includes(role);
}

/** 三员分立 (GB/T 22239): these three never meet in one person. */
const APART: readonly Role[] = ['system_admin', 'security_admin', 'audit_admin'];

export function areDutiesApart(roles: readonly Role[]): boolean {
  return APART.filter((role) => roles.includes(role)).length <= 1;
}
