import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { FollowUps } from "followup/engine"
import { sqlite } from "followup/stores/sqlite"
import { consoleTransport } from "followup/transports/console"

const transports = [consoleTransport("xms")]
// #region open
const spans = new InMemorySpanExporter()
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const observe = NodeSdk.layer(() => ({
  resource: { serviceName: "shop-chat" },
  spanProcessor: new SimpleSpanProcessor(spans),
  metricReader: new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 60_000 }),
}))
const followUps = await FollowUps.open({ store: sqlite(":memory:"), transports, observe })
// #endregion
await followUps.channel({ id: "acme", name: "Acme", country: "KR", plan: { kind: "free" } })
await followUps.customer({ channelId: "acme", id: "mina", phone: "010-1234-5678" })
const chat = { channelId: "acme", customerId: "mina", chatId: "c1" }
await followUps.message({ ...chat, messageId: "m1", from: "customer", text: "Is it in stock?" })
await followUps.message({ ...chat, messageId: "m2", from: "manager", text: "It is, in all sizes." })
for await (const { event } of followUps.events({ after: 0 })) if (event._tag === "FollowUpClosed") break
for (const { name, attributes } of spans.getFinishedSpans())
  if (name === "followup.send") console.log(name, JSON.stringify(attributes))
await followUps.close()
for (const { scopeMetrics } of metrics.getMetrics())
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics))
    if (descriptor.name === "followup.closed")
      console.log(descriptor.name, JSON.stringify(dataPoints[0]?.attributes))
