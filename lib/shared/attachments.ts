/** No attachments: what goes with text alone. One frozen list, since most messages have none. */
export const noAttachments: readonly Uint8Array[] = Object.freeze([]);
