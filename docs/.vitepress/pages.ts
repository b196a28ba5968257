/**
 * What the site's pages are, and in which order.
 */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { DefaultTheme } from "vitepress"

/** The folder of the pages. */
export const docs = fileURLToPath(new URL("..", import.meta.url))

const titleOf = (file: string): string => {
  const [, title] = /^# (.+)$/m.exec(readFileSync(`${docs}/${file}`, "utf8")) ?? []
  if (title === undefined) throw new Error(`docs/${file}: expected a first heading, "# Title"`)
  return title
}

const page = (file: string): DefaultTheme.SidebarItem => ({
  text: titleOf(file),
  link: `/${file.replace(/\.md$/, "")}`,
})

const pagesIn = (folder: string): DefaultTheme.SidebarItem[] =>
  readdirSync(`${docs}/${folder}`)
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => page(`${folder}/${name}`))

const guides = (...names: ReadonlyArray<string>): DefaultTheme.SidebarItem[] =>
  names.map((name) => page(`guides/${name}.md`))

/** In the order in which somebody needs them. A test holds that every guide is in one of them. */
export const sections = [
  {
    text: "Start",
    items: [
      { text: "Getting started", link: "/start" },
      ...guides("hosts", "presence", "settings", "cli"),
      page("glossary.md"),
    ],
  },
  {
    text: "What it does",
    items: [page("rules.md"), ...guides("scenarios"), page("playground.md"), page("measure.md")],
  },
  {
    text: "Sending",
    items: guides("providers", "webhooks", "custom-transport", "email-domain"),
  },
  { text: "Money and history", items: guides("billing", "history") },
  {
    text: "In production",
    items: guides("stores", "failures", "crash-safety", "scaling", "observability", "benchmarks"),
  },
  { text: "Testing", items: guides("testing") },
  { text: "Transports", collapsed: true, items: pagesIn("transports") },
  { text: "Decisions", collapsed: true, items: pagesIn("decisions") },
] satisfies DefaultTheme.SidebarItem[]

/** The reference, made by typedoc: one page for each entry point, under names that are paths. */
export const reference = (): DefaultTheme.SidebarItem[] => {
  const flat = (
    { text = "", link, items = [] }: DefaultTheme.SidebarItem,
    above = "",
  ): DefaultTheme.SidebarItem[] => [
    ...(link === undefined ? [] : [{ text: above + text, link: link.replace(/\.md$/, "") }]),
    ...items.flatMap((item) => flat(item, `${above}${text}/`)),
  ]
  const made: DefaultTheme.SidebarItem[] = JSON.parse(
    readFileSync(`${docs}/api/typedoc-sidebar.json`, "utf8"),
  )
  return made.flatMap((item) => flat(item))
}
