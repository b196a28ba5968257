/**
 * How a page looks: in the reader's own colours and font, with a button for a thumb.
 * @since 0.1.0
 */

/** The whole style sheet. @since 0.1.0 */
export const PAGE_STYLE =
  ":root{color-scheme:light dark}body{margin:0 auto;max-width:34rem;padding:2rem 1.5rem;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}h1{font-size:1.25rem}button{font:inherit;padding:.75rem 1.5rem}"

/** What allows this style sheet and no other, for a content security policy. @since 0.1.0 */
export const PAGE_STYLE_HASH = "sha256-VLV/5IxeqNsb2VyS9DX0y2/i71WEe5y1BLf4ZY0FZ+A="
