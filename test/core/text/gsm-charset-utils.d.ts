/** What the tests use of a peer that ships no types. */
declare module "@trt2/gsm-charset-utils" {
  export const getCharCount: (text: string) => {
    readonly charCount: number
    readonly msgCount: number
    readonly charsPerSegment: number
    readonly encoding: "GSM" | "UCS2"
  }
}
