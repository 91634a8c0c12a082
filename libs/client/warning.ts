/**
 * The texts of a `Warning` header, `299 - "text"`, several with commas between them, as `client-go/rest/warnings.go` reads it; what is
 * written otherwise is passed over.
 */
export function warningsIn(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}
