import { defineRefusals } from '#kernel';

export const sourceRefusal = defineRefusals({
  'source.definition_not_valid': {
    status: 422,
    clause: '1',
    zh: '数据源定义文件 {file} 不成立：{reasons}',
    en: 'Source definition {file} does not hold: {reasons}',
    remedyZh: '按所列理由改正定义文件后再启动。',
    remedyEn: 'Correct the definition as listed and start again.',
  },
  'source.secret_unreadable': {
    status: 500,
    clause: '13',
    zh: '数据源密钥文件 {name} 读不到，或不是只有节点自己可读的普通文件。',
    en: 'Secret file {name} of a source is missing, or is not a plain file that only the node may read.',
    remedyZh: '放入密钥文件夹的 sources 子目录，权限设为 0600。',
    remedyEn: 'Put it into the folder sources of the keys folder with mode 0600.',
  },
  'source.address_not_valid': {
    status: 422,
    clause: '13',
    zh: '数据源 {source} 的地址不成立：{reason}',
    en: 'The address of source {source} does not hold: {reason}',
    remedyZh:
      '服务用 https（仅本机可用 http），数据库用 postgres 或 mysql，文件用 file；地址中不写账号和密码。',
    remedyEn:
      'https for a service (http on this machine only), postgres or mysql for a database, file for folders; no user or password in it.',
  },
  'source.unknown': {
    status: 404,
    clause: '1',
    zh: '没有连接这个数据源，或者它没有这个接口。',
    en: 'No such source is connected, or it has no such interface.',
    remedyZh: '核对编号；已连接的接口见 /api/v1/source-figures。',
    remedyEn: 'Check the ids; /api/v1/source-figures lists the connected interfaces.',
  },
  'source.change_unknown': {
    status: 404,
    clause: '1',
    zh: '没有待批的这项容量变更。',
    en: 'No such change of capacity waits for a decision.',
    remedyZh: '待批事项见 /api/v1/capacity-changes；已决定的须重新提出。',
    remedyEn: 'See /api/v1/capacity-changes for what waits; one that was decided must be proposed again.',
  },
});
