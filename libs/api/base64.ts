const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Base64 of the text's UTF-8, as the `data` of a Secret holds it. */
export function toBase64(text: string): string {
  let bytes = '';
  for (const byte of encoder.encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

/** The text whose UTF-8 this base64 holds; bytes that are no UTF-8 become U+FFFD. Throws on what is no base64. */
export const fromBase64 = (base64: string): string => decoder.decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
