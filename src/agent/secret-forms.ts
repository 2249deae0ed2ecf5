/** Shorter pieces of base64 turn up by chance. */
const MIN_BASE64_PIECE = 6;

/** Lines of a longer secret, such as a private key, are often printed one by one. */
const MIN_LINE = 16;

/**
 * The ways in which programs usually print a value: as it is, URL-encoded, JSON-escaped (also twice, and in ASCII), and in base64,
 * where it may stand in the middle of a longer text (`user:SECRET`).
 */
export function secretForms(value: string): ReadonlySet<string> {
  const lines = value.includes('\n') ? value.split(/\r?\n/).filter((line) => line.length >= MIN_LINE) : [];
  return new Set(
    [value, ...lines].flatMap((text) => [text, ...urlForms(text), ...jsonForms(text), ...base64Forms(text)]),
  );
}

function urlForms(text: string): string[] {
  const component = encodeURIComponent(text.toWellFormed());
  // RFC 3986 reserves these too, and other languages' libraries encode them.
  const strict = component.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict, encodeURI(text.toWellFormed()), strict.replaceAll('%20', '+')];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function jsonForms(text: string): string[] {
  const once = jsonEscape(text);
  const ascii = once.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [once, ascii, jsonEscape(once)];
}

function jsonEscape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** One form per position in a group of three bytes, without the characters that also hold bits of the neighbours. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const forms = [bytes.toString('base64')];
  for (const before of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    if (end - first >= MIN_BASE64_PIECE) forms.push(encoded.slice(first, end));
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')]);
}
