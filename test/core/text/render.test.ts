/** R9, R10, R11, R12: what is really sent, and how it is fitted to its carrier. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { chooseXms } from "../../../src/core/text/choose-xms.ts"
import { cp949Length } from "../../../src/core/text/cp949.ts"
import { longestStart } from "../../../src/core/text/cut.ts"
import { fitSns, fitXms, foldText, type RenderedText, renderText } from "../../../src/core/text/render.ts"
import { defaultTextPolicy, type TextPolicy } from "../../../src/core/text/text-policy.ts"
import { anyText, gsm7Text, koreanText, ucs2Text } from "../../../src/testing/text-arbitraries.ts"

const bare: TextPolicy = { ...defaultTextPolicy, autoText: { prefix: "", suffix: "" } }
const link = "https://acme.example/r/8fK2"
const written = (body: string, policy = defaultTextPolicy): RenderedText =>
  renderText({ replies: [body], channelName: "Acme", link }, policy)

describe("rendering", () => {
  it("R12: without auto text, the text is the replies joined by a line feed, in NFC with LF line ends", () => {
    fc.assert(
      fc.property(fc.array(anyText(), { maxLength: 4 }), (replies) => {
        const expected = replies
          .map((reply) => reply.split("\r\n").join("\n").split("\r").join("\n").normalize("NFC"))
          .join("\n")
        const rendered = renderText({ replies, channelName: "Acme", link }, bare)
        expect(rendered).toMatchObject({ prefix: "", body: rendered.text, suffix: "" })
        // Runs of 100 combining marks are the one documented exception; see the next test.
        if (!/\p{M}{100}/u.test(expected)) expect(rendered.text).toBe(expected)
      }),
    )
  })

  it("R12: an endless run of combining marks is composed in linear time and loses nothing", () => {
    const marks = "\u0301\u0323".repeat(100_000)
    expect(foldText(`e${marks}`)).toHaveLength(marks.length + 1)
    expect(foldText(`e\u0301${"a\u0301".repeat(200)}`)).toBe(`é${"á".repeat(200)}`)
  })

  it("R12: by default the name comes first and the link on the last line", () => {
    expect(written("Yes.\r\nTwo.").text).toBe(`[Acme] Yes.\nTwo.\n${link}`)
  })

  it("R12: a missing link or name takes with it an affix that says nothing else", () => {
    const none = { replies: ["Yes."], channelName: "", link: null }
    expect(renderText(none).text).toBe("Yes.")
    expect(renderText({ ...none, link: "" }).text).toBe("Yes.")
    const autoText = { prefix: "★ ", suffix: "\n{channel} — reply here: {link}" }
    expect(renderText(none, { autoText }).text).toBe("★ Yes.\n — reply here:")
    const inWords = { prefix: "Hello {channel}! ", suffix: " Go: {link} or call 1588" }
    expect(renderText(none, { autoText: inWords }).text).toBe("Hello! Yes. Go: or call 1588")
  })

  it("R12: placeholders are filled in one pass", () => {
    const autoText = { prefix: "{channel}|{link}|{other} ", suffix: "{channel}{channel}" }
    const rendered = renderText(
      { replies: ["{link}"], channelName: "{link}$&", link: "{channel}" },
      { autoText },
    )
    expect(rendered.prefix).toBe("{link}$&|{channel}|{other} ")
    expect(rendered.body).toBe("{link}")
    expect(rendered.suffix).toBe("{link}$&{link}$&")
  })
})

/** The next longer start of the body by a grapheme cluster, or by a code point when the cut was made by these. */
const oneMore = (body: string, start: string): string => {
  const clusters = Array.from(new Intl.Segmenter("en").segment(body), ({ segment }) => segment)
  let longer = ""
  for (const cluster of clusters) {
    if (longer.length > start.length) break
    if (longer.length + cluster.length <= start.length || longer.length === start.length) longer += cluster
    else return start + String.fromCodePoint(body.codePointAt(start.length) ?? 0)
  }
  return longer
}

/** Where the clusters of a text end. */
const clusterEnds = (text: string): number[] => {
  let end = 0
  return Array.from(new Intl.Segmenter("en").segment(text), ({ segment }) => {
    end += segment.length
    return end
  })
}

const isPhoneText = (country: string, text: string): boolean => {
  const { _tag } = chooseXms({ country, text })
  return _tag === "Sms" || _tag === "Lms"
}

describe("cutting for the phone", () => {
  const country = fc.constantFrom("KR", "JP", "US", "CN", "CR", "ZZ")
  const long = (text: fc.Arbitrary<string>) =>
    fc.tuple(text, fc.integer({ min: 1, max: 40 })).map(([one, times]) => one.repeat(times))

  it("R12: a cut text fits, keeps prefix and suffix whole, and would not fit with one grapheme more", () => {
    let cuts = 0
    fc.assert(
      fc.property(
        country,
        long(koreanText()),
        long(fc.oneof(gsm7Text(), ucs2Text())),
        (to, korean, other) => {
          const rendered = written(to === "KR" ? korean : other)
          const fitted = fitXms(rendered, to)
          if (fitted._tag !== "Sms" && fitted._tag !== "Lms")
            throw new Error(`${fitted._tag}, although the auto text fits`)
          const { text, cut, ...choice } = fitted
          expect(chooseXms({ country: to, text })).toEqual(choice)
          expect(text.startsWith(rendered.prefix) && text.endsWith(rendered.suffix)).toBe(true)
          const start = text.slice(rendered.prefix.length, text.length - rendered.suffix.length)
          expect(rendered.body.startsWith(start)).toBe(true)
          expect(cut).toBe(start !== rendered.body)
          expect(cut).toBe(!isPhoneText(to, rendered.text))
          if (!cut) return
          cuts++
          const longer = rendered.prefix + oneMore(rendered.body, start) + rendered.suffix
          expect(isPhoneText(to, longer)).toBe(false)
          const ends = clusterEnds(rendered.body)
          if (start.length >= (ends[0] ?? 0)) expect(ends).toContain(start.length)
        },
      ),
    )
    expect(cuts).toBeGreaterThan(10)
  })
})

describe("what a cut leaves", () => {
  it("R10: 2 000 bytes go whole, of 2 001 the last character is cut", () => {
    const korean = "가".repeat(1_000)
    const replies = (text: string) => renderText({ replies: [text], channelName: "", link: null }, bare)
    expect(fitXms(replies(korean), "KR", bare)).toMatchObject({ _tag: "Lms", text: korean, cut: false })
    expect(fitXms(replies(`${korean}a`), "KR", bare)).toMatchObject({ units: 2_000, text: korean, cut: true })
    expect(fitXms(replies("a".repeat(1_531)), "US", bare)).toMatchObject({ units: 1_530, segments: 10 })
    expect(fitXms(replies("あ".repeat(671)), "JP", bare)).toMatchObject({ units: 670, segments: 10 })
  })

  it("R12: the auto text counts: 130 bytes of reply are no SMS any more with prefix and link", () => {
    const reply = "a".repeat(130)
    expect(chooseXms({ country: "KR", text: reply })._tag).toBe("Sms")
    expect(fitXms(written(reply), "KR")._tag).toBe("Lms")
  })

  it("R10: a cluster is never broken, unless it alone is larger than the room", () => {
    const family = "👩‍👩‍👧‍👦"
    const whole = fitXms(
      renderText({ replies: [family.repeat(100)], channelName: "", link: null }, bare),
      "US",
      bare,
    )
    expect(whole).toMatchObject({ cut: true, text: family.repeat(60) })
    const waves = renderText({ replies: ["👋🏽👋🏽"], channelName: "", link: null }, bare)
    for (const [snsMaxChars, text] of [
      [8, "👋🏽👋🏽"],
      [7, "👋🏽"],
      [4, "👋🏽"],
      [3, "👋"],
      [1, ""],
    ] as const)
      expect(fitSns(waves, { ...bare, snsMaxChars })).toEqual({ _tag: "Sns", text, cut: snsMaxChars < 8 })
    const endless = fitXms(written(`e${"\u0301".repeat(3_000)}`), "US")
    expect(endless).toMatchObject({ _tag: "Sms", encoding: "ucs2", units: 670, cut: true })
  })
})

it("R10: where not even the auto text has room, nothing of the reply is looked at", () => {
  const looked: Array<string> = []
  expect(longestStart("a".repeat(1_000), -10, (start) => looked.push(start) === 0)).toBe("")
  expect(looked).toEqual([])
})

describe("what cannot be sent by phone", () => {
  it("R10: prefix and suffix that do not fit on their own are too long, and so is any cut the policy refuses", () => {
    const rendered = renderText({ replies: ["Yes"], channelName: "가".repeat(1_000), link })
    expect(fitXms(rendered, "KR")).toMatchObject({ _tag: "TooLong", limit: 2_000 })
    const refuse: TextPolicy = { ...defaultTextPolicy, onTooLong: "refuse" }
    expect(fitXms(written("가".repeat(1_000)), "KR", refuse)).toMatchObject({ _tag: "TooLong" })
    expect(fitXms(written("가"), "KR", refuse)).toMatchObject({ _tag: "Sms" })
  })

  it("R10: what the cut takes away need not be encodable, what stays must be", () => {
    expect(fitXms(written(`${"가".repeat(1_000)}😀`), "KR")).toMatchObject({ _tag: "Lms", cut: true })
    expect(fitXms(written(`😀${"가".repeat(1_000)}`), "KR")).toMatchObject({
      _tag: "Unencodable",
      characters: [{ char: "😀", index: 7 }],
    })
    const policy = { ...defaultTextPolicy, autoText: { prefix: "[Web발신]\n", suffix: "" } }
    const full = (letters: number) => fitXms(written(`${"a".repeat(letters)}😀`, policy), "KR", policy)
    expect(full(1_988)).toMatchObject({ _tag: "Unencodable" })
    expect(full(1_989)).toMatchObject({ _tag: "Lms", units: 1_999, cut: true })
    expect(full(1_990)).toMatchObject({ _tag: "Lms", units: 2_000, cut: true })
  })

  it("R10: a text of a million characters is cut by looking at the room only", () => {
    for (const body of ["가".repeat(1_000_000), `e${"\u0301".repeat(1_000_000)}`, "👍🏽".repeat(250_000)])
      for (const to of ["KR", "US"]) {
        const rendered: RenderedText = { prefix: "", body, suffix: "!", link: "", text: `${body}!` }
        const fitted = fitXms(rendered, to, { ...defaultTextPolicy, onUnencodable: "substitute" })
        expect(fitted._tag === "Unencodable" || ("text" in fitted && fitted.text.endsWith("!"))).toBe(true)
      }
  })
})

describe("substitution and smart encoding", () => {
  const substitute: TextPolicy = { ...bare, onUnencodable: "substitute" }
  const smart: TextPolicy = { ...bare, smartEncoding: true }

  it("R10: an unencodable character is refused by name, or substituted if the policy says so", () => {
    const rendered = renderText({ replies: ["café — ₩5"], channelName: "", link: null }, bare)
    expect(fitXms(rendered, "KR", bare)).toEqual({
      _tag: "Unencodable",
      country: "KR",
      characters: [
        { char: "é", index: 3 },
        { char: "—", index: 5 },
        { char: "₩", index: 7 },
      ],
    })
    expect(fitXms(rendered, "KR", substitute)).toMatchObject({ _tag: "Sms", text: "cafe ― ￦5", cut: false })
    expect(fitXms(rendered, "US", substitute)).toMatchObject({ text: "café — ₩5" })
  })

  it("R10: whatever CP949 holds can be sent in Korea, also what composing gives another form", () => {
    const held = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      (char) => !/[\r\ud800-\udfff]/.test(char) && cp949Length(char).unencodable.length === 0,
    )
    expect(held.length).toBeGreaterThan(17_000)
    const refused = held.filter((char) => {
      const fitted = fitXms(renderText({ replies: [char], channelName: "", link: null }, bare), "KR", bare)
      return fitted._tag !== "Sms" || fitted.text.normalize("NFC") !== char.normalize("NFC")
    })
    expect(refused).toEqual([])
    const angstrom = renderText({ replies: ["5 Å, 新郎"], channelName: "", link: null }, bare)
    expect(fitXms(angstrom, "KR", bare)).toMatchObject({ text: "5 \u212b, 新\uf92c" })
    expect(fitXms(angstrom, "US", bare)).toMatchObject({ text: "5 \u00c5, 新\u90ce" })
  })

  it("R10: what has no substitute stays unencodable", () => {
    const rendered = renderText({ replies: ["é 😀"], channelName: "", link: null }, bare)
    expect(fitXms(rendered, "KR", substitute)).toMatchObject({ characters: [{ char: "😀", index: 2 }] })
  })

  it("R11: smart encoding applies outside Korea, when it saves a segment", () => {
    const reply = "It’s ready. ".repeat(6)
    const rendered = renderText({ replies: [reply], channelName: "", link: null }, bare)
    expect(fitXms(rendered, "US", bare)).toMatchObject({ encoding: "ucs2", segments: 2, text: reply })
    expect(fitXms(rendered, "US", smart)).toMatchObject({
      encoding: "gsm7",
      segments: 1,
      text: "It's ready. ".repeat(6),
      cut: false,
    })
    expect(fitXms(rendered, "KR", smart)).toMatchObject({ text: reply })
  })

  it("R12: nor are web addresses in a reply: what they are instead leads to the same place, and is counted", () => {
    const reply = `It’s at https://a.example/it’s${"x".repeat(50)}`
    const rendered = renderText({ replies: [reply], channelName: "", link: null }, bare)
    expect(fitXms(rendered, "US", smart)).toMatchObject({ encoding: "ucs2", text: reply })
    const korean = renderText({ replies: ["https://fr.example/café é"], channelName: "", link: null }, bare)
    const text = "https://fr.example/caf%C3%A9 e"
    expect(fitXms(korean, "KR", substitute)).toMatchObject({ _tag: "Sms", units: text.length, text })
  })

  it("R11: a fraction is counted with the blank before it", () => {
    const reply = `1½ ${"a".repeat(155)}`
    const rendered = renderText({ replies: [reply], channelName: "", link: null }, bare)
    expect(fitXms(rendered, "US", smart)).toMatchObject({ encoding: "gsm7", units: 161, segments: 2 })
  })

  it("R12: the link is never changed", () => {
    const odd = "https://é.example/—’"
    const policy: TextPolicy = { ...defaultTextPolicy, onUnencodable: "substitute", smartEncoding: true }
    const rendered = renderText({ replies: ["é—"], channelName: "Café", link: odd }, policy)
    expect(fitXms(rendered, "KR", policy)).toMatchObject({ _tag: "Unencodable" })
    const dear = renderText({ replies: ["’".repeat(70)], channelName: "Acme", link: odd }, policy)
    expect(fitXms(dear, "US", policy)).toMatchObject({ encoding: "ucs2", text: dear.text })
  })
})

describe("SNS", () => {
  it("R9: an SNS text has at most 4 096 units, keeps prefix and suffix, and is as long as it can be", () => {
    fc.assert(
      fc.property(ucs2Text(), fc.integer({ min: 1, max: 90 }), (text, times) => {
        const rendered = written(text.repeat(times))
        const fitted = fitSns(rendered)
        if (fitted._tag !== "Sns") throw new Error("the auto text fits")
        expect(fitted.cut).toBe(rendered.text.length > 4_096)
        if (!fitted.cut) {
          expect(fitted.text).toBe(rendered.text)
          return
        }
        const { prefix, suffix, body } = rendered
        const start = fitted.text.slice(prefix.length, fitted.text.length - suffix.length)
        expect(fitted.text).toBe(prefix + start + suffix)
        expect(body.startsWith(start)).toBe(true)
        expect(fitted.text.length).toBeLessThanOrEqual(4_096)
        expect(prefix.length + oneMore(body, start).length + suffix.length).toBeGreaterThan(4_096)
      }),
    )
  })

  it("R9: a text over the limit is refused if the policy says so, or if the auto text alone is over it", () => {
    const rendered = written("a".repeat(1_000))
    const units = rendered.text.length
    expect(fitSns(rendered, { onTooLong: "refuse", snsMaxChars: units })).toMatchObject({ cut: false })
    expect(fitSns(rendered, { onTooLong: "refuse", snsMaxChars: units - 1 })).toEqual({
      _tag: "TooLong",
      units,
      limit: units - 1,
    })
    const { prefix, suffix } = rendered
    expect(fitSns(rendered, { onTooLong: "cut", snsMaxChars: 10 })).toEqual({
      _tag: "TooLong",
      units: prefix.length + suffix.length,
      limit: 10,
    })
  })
})
