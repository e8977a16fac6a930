import type { AdmissionState, InstitutionType } from '#security';
import type { ParticipantKind } from './participant-tables.ts';

type Words = { readonly zh: string; readonly en: string };

/** What people see for each state of an admission. */
export const ADMISSION_WORDS: Readonly<Record<AdmissionState, Words>> = {
  none: { zh: '未接入', en: 'not admitted' },
  trial: { zh: '试运行', en: 'on trial' },
  admitted: { zh: '正式接入', en: 'admitted' },
  suspended: { zh: '暂停', en: 'suspended' },
  expired: { zh: '已到期', en: 'expired' },
  withdrawn: { zh: '已退出', en: 'withdrawn' },
};

export const PARTICIPANT_WORDS: Readonly<Record<ParticipantKind, Words>> = {
  provider: { zh: '数据提供单位', en: 'provider' },
  platform: { zh: '融资信用服务平台', en: 'platform' },
  institution: { zh: '平台接入机构', en: 'institution' },
  regulator: { zh: '监管部门', en: 'regulator' },
  node: { zh: '市级节点', en: 'node' },
};

export const INSTITUTION_WORDS: Readonly<Record<InstitutionType, Words>> = {
  bank: { zh: '银行', en: 'bank' },
  insurer: { zh: '保险机构', en: 'insurer' },
  guarantor: { zh: '担保机构', en: 'guarantor' },
  credit_service: { zh: '信用服务机构', en: 'credit service' },
};
