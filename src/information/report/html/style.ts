/** Screen and print styles of the report; the page stands alone, so they are part of it. */
export const STYLE = `
:root{--ink:#1c2733;--soft:#5b6875;--line:#d9dfe6;--paper:#fff;--wash:#f4f6f9;--deep:#17406d;--warn:#9a3412;--warnwash:#fdf3ec;--good:#1d6146}
*{box-sizing:border-box}
body{margin:0;background:#eaeef2;color:var(--ink);font:15px/1.7 "Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:960px;margin:24px auto;background:var(--paper);padding:0 48px 48px;border-top:6px solid var(--deep)}
header.cover{padding:36px 0 28px;margin-bottom:20px;border-bottom:1px solid var(--line);display:grid;grid-template-columns:1fr auto;gap:8px 32px}
.node{color:var(--soft);grid-column:1/-1;margin:0}
h1{font-size:30px;line-height:1.3;margin:0;color:var(--deep);font-weight:600;letter-spacing:.04em}
.kind{color:var(--soft);margin:4px 0 20px}
.name{font-size:22px;margin:0 0 4px}
.qr{width:132px;text-align:center;color:var(--soft);font-size:12px;line-height:1.4}
.qr svg{display:block;width:132px;height:132px;border:1px solid var(--line);margin-bottom:6px}
.notice{background:var(--warnwash);color:var(--warn);border-left:4px solid var(--warn);padding:10px 16px;margin:20px 0}
h2{font-size:20px;color:var(--deep);margin:40px 0 12px;padding-bottom:6px;border-bottom:2px solid var(--deep);font-weight:600}
h2 small,h3 small{font-weight:400;font-size:13px;color:var(--soft);margin-left:8px}
h3{font-size:17px;margin:24px 0 6px;font-weight:600}
h4{font-size:15px;margin:0;font-weight:600}
dl{margin:0}
.facts,.record{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));border-top:1px solid var(--line)}
.facts>div,.record>div{display:grid;grid-template-columns:9.5em minmax(0,1fr);border-bottom:1px solid var(--line)}
.facts>.wide,.record>.wide{grid-column:1/-1}
dt{background:var(--wash);color:var(--soft);padding:5px 10px;font-size:13px;line-height:25.5px}
dd{margin:0;padding:5px 10px;overflow-wrap:anywhere}
.explain>div{display:grid;grid-template-columns:8em minmax(0,1fr);padding:6px 0;border-bottom:1px solid var(--line)}
.explain dt{background:none;padding:0;font-size:15px;color:var(--deep)}
.explain dd{padding:0}
.figures{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;background:var(--line);border:1px solid var(--line);margin:16px 0}
.figures div{background:var(--paper);padding:12px 16px}
.figures dt{background:none;padding:0}
.figures dd{padding:0;font-size:24px;color:var(--deep);font-variant-numeric:tabular-nums}
.groups{display:grid;grid-template-columns:1fr 1fr;gap:24px}
.groups section{border-top:3px solid var(--warn);background:var(--wash);padding:12px 16px}
.groups section.good{border-color:var(--good)}
.groups ul{margin:6px 0;padding:0;list-style:none}
.groups li{display:flex;justify-content:space-between;border-bottom:1px solid var(--line)}
.groups p{margin:6px 0 0;color:var(--soft);font-size:13px}
.dataset{margin:0 0 20px}.dataset h3{margin-bottom:0}
.dataset>header{display:flex;justify-content:space-between;gap:16px;align-items:baseline}
.source{color:var(--soft);font-size:13px;margin:2px 0 8px}
.record{margin:0 0 10px}
.mark{display:inline-block;color:var(--warn);border:1px solid var(--warn);border-radius:2px;padding:0 6px;font-size:12px;line-height:1.5;margin:0 6px 4px 0}
.masked{color:var(--soft);font-size:12px;margin-left:6px}
.more,.said{color:var(--warn);margin:4px 0}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 10px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{background:var(--wash);color:var(--soft);font-weight:400;font-size:13px}
footer{margin-top:40px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:13px;overflow-wrap:anywhere}
@media (max-width:720px){main{margin:0;padding:0 16px 32px}header.cover,.facts,.record,.groups{grid-template-columns:1fr}.figures{grid-template-columns:1fr 1fr}}
@media print{@page{size:A4;margin:16mm}body{background:none;font-size:10.5pt}main{margin:0;padding:0;max-width:none;border-top-width:2mm}h2,h3,.dataset>header{break-after:avoid}.record,tr,.figures,.groups section{break-inside:avoid}dt,th,.groups section,.notice{print-color-adjust:exact}}
`;
