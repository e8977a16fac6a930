import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { certificatesOf, makeDemonstrationCertificate } from '../../src/kernel/crypto/certificate.ts';
import type { DatasetInput, RecordInput, ReportInput } from '../../src/information/report/payload.ts';
import type { Outcome } from '../../src/information/report/shape.ts';

export const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

export const issuedAt = new Date('2026-03-02T01:30:00Z');

/** Keys and certificates of one node, made anew for each test file. */
export function sampleNode(kid = 'report-2026') {
  const report = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pdf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const made = makeDemonstrationCertificate(pdf.publicKey, '信桥示范节点', new Date('2026-01-01T00:00:00Z'));
  const [certificate] = certificatesOf(made.certificatePem);
  if (certificate === undefined) throw new TypeError('no certificate was made');
  return {
    report: { kid, privateKey: report.privateKey },
    pdf: { privateKey: pdf.privateKey, certificate, intermediates: [] },
    trust: { keys: [{ kid, publicKey: report.publicKey }], roots: certificatesOf(made.rootPem) },
  };
}

/** A report as it is for a small company: some records, one dispute, many datasets without any. */
export function sampleInput(change: Partial<ReportInput> = {}): ReportInput {
  return {
    number: 'RPT-2026-0302-000017',
    issuedAt,
    asOf: new Date('2026-03-01T15:59:59.999Z'),
    purpose: 'public_report',
    nodeName: '信桥示范节点',
    verifyUrl: 'https://node.example.cn/verify/RPT-2026-0302-000017',
    isSynthetic: true,
    enterprise: {
      uscc: '91110108MA01TEST0X',
      name: '北京清河明远测试仪器有限公司',
      formerNames: ['北京明远仪器经营部'],
      checksumOk: false,
      sizeClass: '小型企业',
    },
    datasets: [registration, penalty, taxpayer, licence, abnormal, ...silent()],
    receipt: { id: 'rcp_01jnaxyz', leafHash: 'ab'.repeat(32) },
    ...change,
  };
}

const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  penalty_kind: { fine: '罚款', warning: '警告' },
  status: { open: '存续' },
};

export const labelOf = (table: string, code: string): string | undefined => tables[table]?.[code];

type Definition = Pick<DatasetInput['contract'], 'id' | 'list' | 'name' | 'fields'> & { provider: string };

/** A dataset that answered with these records. */
export function dataset(
  of: Definition,
  records: RecordInput[],
  change: Partial<DatasetInput> = {},
): DatasetInput {
  const { provider, ...contract } = of;
  return {
    contract: { ...contract, version: '1.0.0', frequency: 'day' },
    outcome: 'ok',
    records,
    totalRecords: records.length,
    lastDeliveryAt: new Date('2026-03-01T02:15:00Z'),
    cutOff: '2026-02-28',
    evidenceLevel: null,
    provider,
    ...change,
  };
}

/** A dataset without records, under this outcome. */
export function silentDataset(id: string, name: string, outcome: Outcome): DatasetInput {
  const list = id.startsWith('n') ? 'national' : id.startsWith('b') ? 'beijing' : 'voluntary';
  const contract: Definition = {
    id,
    list,
    name,
    fields: [],
    provider: list === 'voluntary' ? '企业' : '主管部门',
  };
  const cutOff = outcome === 'not_connected' ? null : '2026-02-28';
  return dataset(contract, [], { outcome, cutOff, evidenceLevel: list === 'voluntary' ? 'L0' : null });
}

export function record(
  recordId: string,
  values: Record<string, string | null>,
  marks: string[] = [],
): RecordInput {
  return { recordId, values, knownFrom: new Date('2026-02-10T00:00:00Z'), marks };
}

type Field = DatasetInput['contract']['fields'][number];

export function field(name: string, businessName: string, more: Partial<Field> = {}): Field {
  return { name, businessName, kind: 'text', disclosure: 'public', ...more };
}

export const penaltyDefinition: Definition = {
  id: 'n08_penalty',
  list: 'national',
  name: '行政处罚信息（双公示）',
  provider: '全国信用信息共享平台',
  fields: [
    field('decision_no', '行政处罚决定书文号'),
    field('case_name', '案件名称'),
    field('penalty_kind', '处罚类别', { kind: 'code', codes: 'penalty_kind' }),
    field('fine', '罚款金额', { kind: 'money' }),
    field('decided_on', '处罚决定日期', { kind: 'date' }),
    field('public_until', '公示截止期', { kind: 'date' }),
    field('reason', '违法事实'),
    field('inspector', '承办人', { disclosure: 'authorised' }),
  ],
};

const registration = dataset(
  {
    id: 'n01_registration',
    list: 'national',
    name: '市场主体登记基本信息',
    provider: '国家市场监督管理总局',
    fields: [
      field('entity_type', '企业类型'),
      field('legal_representative', '法定代表人', { kind: 'person' }),
      field('registered_capital', '注册资本', { kind: 'money' }),
      field('established_on', '成立日期', { kind: 'date' }),
      field('status', '登记状态', { kind: 'code', codes: 'status' }),
      field('term_to', '营业期限至', { kind: 'date' }),
      field('registrar', '登记机关'),
      field('approved_on', '核准日期', { kind: 'date' }),
      field('address', '住所'),
      field('scope', '经营范围'),
    ],
  },
  [
    record('r1', {
      entity_type: '有限责任公司（自然人投资或控股）',
      legal_representative: '张某某',
      registered_capital: '510000000',
      established_on: '2017-09-14',
      status: 'open',
      term_to: '9999-12-31',
      registrar: '北京市海淀区市场监督管理局',
      approved_on: '2024-06-03',
      address: '北京市海淀区清河街道示范路 8 号院 3 号楼 2 层 201 室',
      scope:
        '技术开发、技术咨询、技术服务；销售仪器仪表、电子产品、机械设备；货物进出口、技术进出口。（市场主体依法自主选择经营项目，开展经营活动；依法须经批准的项目，经相关部门批准后依批准的内容开展经营活动。）',
    }),
  ],
);

const penalty = dataset(penaltyDefinition, [
  record(
    'p1',
    {
      decision_no: '京海市监处罚〔2025〕1127 号',
      case_name: '未按规定公示年度报告案',
      penalty_kind: 'fine',
      fine: '500000',
      decided_on: '2025-11-20',
      public_until: '2026-11-20',
      reason: '当事人未在规定期限内报送并公示 2024 年度报告，经责令改正后仍未改正。',
      inspector: '王某',
    },
    ['disputed'],
  ),
]);

const taxpayer = dataset(
  {
    id: 'n12_taxpayer_a',
    list: 'national',
    name: '纳税信用A级纳税人名单',
    provider: '国家税务总局',
    fields: [field('year', '评价年度', { kind: 'year' }), field('level', '信用级别')],
  },
  ['2023', '2024', '2025'].map((year) => record(`t${year}`, { year, level: 'A' })),
);

const licence = dataset(
  {
    id: 'b02_license_bj',
    list: 'beijing',
    name: '市级行政许可信息',
    provider: '北京市政务服务和数据管理局',
    fields: [
      field('licence_no', '许可文书号'),
      field('content', '许可内容'),
      field('valid_from', '有效期自', { kind: 'date' }),
      field('valid_to', '有效期至', { kind: 'date' }),
    ],
  },
  Array.from({ length: 4 }, (_, i) =>
    record(`l${i}`, {
      licence_no: `京海许可〔2025〕${120 + i} 号`,
      content: '第二类医疗器械经营备案',
      valid_from: '2025-04-01',
      valid_to: '2030-03-31',
    }),
  ),
);

const abnormal = dataset(
  {
    id: 'n05_abnormal_list',
    list: 'national',
    name: '经营异常名录',
    provider: '国家市场监督管理总局',
    fields: [field('reason', '列入原因'), field('listed_on', '列入日期', { kind: 'date' })],
  },
  [record('a1', { reason: '通过登记的住所无法联系', listed_on: '2026-01-15' })],
  { outcome: 'stale' },
);

function silent(): DatasetInput[] {
  const named: [string, string, Outcome][] = [
    ['n06_serious_violation', '严重违法失信名单', 'no_data'],
    ['n09_judgment', '司法判决（裁判文书）', 'source_down'],
    ['n11_dishonest_judgment_debtor', '失信被执行人', 'no_data'],
    ['n15_tax_arrears', '欠税信息', 'no_data'],
    ['n19_customs_credit', '海关企业信用等级', 'not_covered'],
    ['n20_patent', '专利', 'no_data'],
    ['n30_serious_dishonest_lists', '各领域严重失信主体名单', 'not_connected'],
    ['b03_penalty_bj', '市级行政处罚', 'no_data'],
    ['b17_srdi', '专精特新企业', 'no_data'],
    ['b28_labour_dispute', '劳动争议与欠薪', 'under_objection'],
    ['b30_safety', '安全生产处罚与事故', 'not_connected'],
    ['b33_transport', '道路运输许可', 'denied'],
    ['v10_awards', '荣誉与社会责任', 'no_data'],
  ];
  return named.map(([id, name, outcome]) => silentDataset(id, name, outcome));
}
