/** Files that hold data and that gwh does not read: told by their endings or by their first bytes, with what to do. */

export interface OtherFile {
  /** What it is: `a ZIP archive`. */
  readonly is: string
  readonly fix: string
}

interface Kind extends OtherFile {
  readonly endings: readonly string[]
  /** What such a file begins with, or has at a place. */
  readonly bytes?: {
    readonly at?: number
    readonly are: string | readonly number[]
    /** No other text begins so; otherwise there are bytes that stand in no text, for a column may be called ORC. */
    readonly alone?: true
  }
}

const UNPACK = 'Unpack it and name the files that are in it; .gz and .zst are read as they are.'
const REPACK = 'Unpack it, or pack it with gzip or zstd: .gz and .zst are read as they are.'
const SHEET = 'Save the sheet as CSV (UTF-8), and name that file.'
const EXPORT = 'Export what is in it as CSV, lines of JSON or Parquet, and name those files.'
const LOAD =
  'Write it as Parquet, CSV or lines of JSON, or load it into the warehouse and name that table: `table: …`.'

/** In the order in which bytes are looked at: a workbook is a ZIP archive, too. */
const KINDS: readonly Kind[] = [
  { is: 'an Excel workbook', fix: SHEET, endings: ['xlsx', 'xlsm', 'xlsb'] },
  { is: 'an OpenDocument spreadsheet', fix: SHEET, endings: ['ods', 'fods'] },
  { is: 'a spreadsheet of Numbers', fix: SHEET, endings: ['numbers'] },
  {
    is: 'an old Excel workbook',
    fix: SHEET,
    endings: ['xls'],
    bytes: { are: [0xd0, 0xcf, 0x11, 0xe0] },
  },
  { is: 'a ZIP archive', fix: UNPACK, endings: ['zip'], bytes: { are: [0x50, 0x4b, 0x03, 0x04] } },
  {
    is: 'a tar archive',
    fix: UNPACK,
    endings: ['tar', 'tgz', 'tbz', 'tbz2', 'txz'],
    bytes: { at: 257, are: 'ustar' },
  },
  { is: 'a 7-Zip archive', fix: UNPACK, endings: ['7z'], bytes: { are: [0x37, 0x7a, 0xbc, 0xaf] } },
  { is: 'a RAR archive', fix: UNPACK, endings: ['rar'], bytes: { are: 'Rar!' } },
  { is: 'compressed with bzip2', fix: REPACK, endings: ['bz2'], bytes: { are: 'BZh' } },
  {
    is: 'compressed with xz',
    fix: REPACK,
    endings: ['xz', 'lzma'],
    bytes: { are: [0xfd, 0x37, 0x7a, 0x58] },
  },
  { is: 'compressed with LZ4', fix: REPACK, endings: ['lz4'], bytes: { are: [0x04, 0x22, 0x4d, 0x18] } },
  { is: 'compressed with Brotli', fix: REPACK, endings: ['br'] },
  { is: 'compressed with Snappy', fix: REPACK, endings: ['sz', 'snappy'] },
  { is: 'an Avro file', fix: LOAD, endings: ['avro'], bytes: { are: 'Obj\u0001' } },
  { is: 'an ORC file', fix: LOAD, endings: ['orc'], bytes: { are: 'ORC' } },
  {
    is: 'an Arrow file',
    fix: LOAD,
    endings: ['arrow', 'arrows', 'feather', 'ipc'],
    bytes: { are: 'ARROW1' },
  },
  {
    is: 'a SQLite database',
    fix: EXPORT,
    endings: ['sqlite', 'sqlite3', 'db'],
    bytes: { are: 'SQLite format 3' },
  },
  { is: 'a DuckDB database', fix: EXPORT, endings: ['duckdb', 'ddb'], bytes: { at: 8, are: 'DUCK' } },
  { is: 'a dump of a database', fix: LOAD, endings: ['sql', 'dump'], bytes: { are: 'PGDMP' } },
  { is: 'a PDF document', fix: EXPORT, endings: ['pdf'], bytes: { are: '%PDF-', alone: true } },
  { is: 'a Word document', fix: EXPORT, endings: ['doc', 'docx', 'odt', 'rtf'] },
  { is: 'an XML document', fix: EXPORT, endings: ['xml'], bytes: { are: '<?xml ', alone: true } },
  { is: 'a web page', fix: EXPORT, endings: ['html', 'htm'] },
  { is: 'YAML', fix: EXPORT, endings: ['yml', 'yaml'] },
  {
    is: 'a file of R, SAS, SPSS or Stata',
    fix: EXPORT,
    endings: ['rds', 'rdata', 'sas7bdat', 'xpt', 'sav', 'dta'],
  },
  { is: 'an object of Python', fix: EXPORT, endings: ['pkl', 'pickle', 'npy', 'npz', 'h5', 'hdf5'] },
]

const PACKED_PARQUET: OtherFile = {
  is: 'Parquet that is compressed once more',
  fix: 'Unpack it: Parquet files are compressed inside.',
}

/** By the ending of its name; undefined where that says nothing, or what gwh reads. */
export function otherByName(file: string): OtherFile | undefined {
  const [last = '', before = ''] = file.toLowerCase().split('.').slice(1).reverse()
  if (/^(gz|zst)$/.test(last) && /^(parquet|pq)$/.test(before)) return PACKED_PARQUET
  // events.tar.bz2 is a tar archive
  const ending = /^(gz|zst)$/.test(last) || before === 'tar' ? before : last
  return KINDS.find(({ endings }) => endings.includes(ending))
}

/** What servers answer in the place of a file that they do not give. */
const ANSWERS: readonly { readonly is: string; readonly begins: RegExp }[] = [
  { is: 'a web page', begins: /^<(!doctype html|html|head|body)\b/i },
  { is: 'an error of the server that it came from, as XML', begins: /^(<\?xml[^>]*>\s*)?<Error\b/ },
]

const ASK_AGAIN =
  'It is what a server answered in the place of the data: read it, for it may say why, and download the file again.'

/** By its first bytes, of a compressed file those before it was compressed. */
export function otherByBytes(file: string, bytes: Buffer): OtherFile | undefined {
  const text = bytes
    .subarray(0, 1024)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  const answer = ANSWERS.find(({ begins }) => begins.test(text))
  if (answer) return { is: answer.is, fix: ASK_AGAIN }
  const isText = !/[\0-\x08]/.test(bytes.subarray(0, 1024).toString('latin1'))
  const found = KINDS.find(({ bytes: known }) => known && has(bytes, known) && (!isText || known.alone))
  if (found?.is === 'a ZIP archive') return zipped(file, bytes) ?? found
  return found
}

const has = (bytes: Buffer, { at = 0, are }: NonNullable<Kind['bytes']>) =>
  bytes.subarray(at, at + are.length).equals(typeof are === 'string' ? Buffer.from(are) : Buffer.from(are))

/** Documents that are a ZIP archive inside: by the names of the parts, or by their own. */
function zipped(file: string, bytes: Buffer): OtherFile | undefined {
  if (bytes.includes('opendocument.spreadsheet')) return kindOf('ods')
  if (bytes.includes('word/')) return kindOf('docx')
  if (bytes.includes('[Content_Types].xml') || bytes.includes('xl/')) return kindOf('xlsx')
  return otherByName(file)
}

const kindOf = (ending: string) => KINDS.find(({ endings }) => endings.includes(ending))

/** Parquet in a file that is compressed as a whole. @param bytes before it was compressed */
export const packedParquet = (file: string, bytes: Buffer): OtherFile | undefined =>
  /\.gz$/i.test(file) && has(bytes, { are: 'PAR1' }) ? PACKED_PARQUET : undefined
