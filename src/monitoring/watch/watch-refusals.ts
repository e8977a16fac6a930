import { defineRefusals } from '#kernel';

/** What the watch list is refused for. Clause 10: 完善风险监测服务机制. */
export const watchRefusal = defineRefusals({
  'monitoring.watch_role_without': {
    status: 403,
    clause: '10',
    zh: '您的岗位不查看监测名单。',
    en: 'The watch list is not for your role.',
    remedyZh: '请由本机构的风险管理、合规或系统接口账号办理。',
    remedyEn: 'A risk officer, a compliance officer or a machine client of the institution may see it.',
  },
});
