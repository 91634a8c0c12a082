/** The time at which every test decides unless it says otherwise. */
export const NOW = new Date('2030-01-01T12:00:00.000Z');

/** `seconds` before NOW (negative: after it), as the API writes times: `2030-01-01T11:59:50Z`. */
export const secondsAgo = (seconds: number): string => apiTime(new Date(NOW.getTime() - seconds * 1000));

/** RFC 3339 in whole seconds, as metav1.Time is written. */
export const apiTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
