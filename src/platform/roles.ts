/** Duties that an account may hold; the access policy says what each allows (三员分立: no account holds two of the first three). */
export const ROLES = {
  system_admin: { zh: '系统管理员', en: 'System administrator' },
  security_admin: { zh: '安全管理员', en: 'Security administrator' },
  audit_admin: { zh: '审计员', en: 'Auditor' },
  data_admin: { zh: '节点数据管理员', en: 'Data administrator of the node' },
  deliverer: { zh: '数据交付人', en: 'Deliverer of a provider' },
  confirmer: { zh: '清单确认人', en: 'Confirmer of a provider' },
} as const;

export type Role = keyof typeof ROLES;
