/** What a test says in a report; the rest is in order. */
export interface Said {
  readonly envelopeId?: string
  readonly messageId?: string
  readonly action?: string
  readonly status?: string
  /** Further recipients, as lists of fields. */
  readonly more?: string
}

const boundary = "6F2A41.1767603600/mail.host.example"

/** A report as Postfix writes it, by RFC 3464, with what a test says in it. */
export const reportOf = ({
  envelopeId,
  messageId = "<20260105@elsewhere.example>",
  action = "failed",
  status = "5.1.1",
  more = "",
}: Said = {}): string => `Return-Path: <>
Received: by mail.host.example (Postfix)
\tid 6F2A41; Mon,  5 Jan 2026 09:00:00 +0000 (UTC)
Date: Mon,  5 Jan 2026 09:00:00 +0000 (UTC)
From: MAILER-DAEMON@mail.host.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: chat@acme.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="${boundary}"
Content-Transfer-Encoding: 8bit
Message-Id: <20260105090000.6F2A41@mail.host.example>

This is a MIME-encapsulated message.

--${boundary}
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

Action: delivered
Original-Envelope-Id: acme/liar/c1/m2/email
Status: 2.0.0

--${boundary}
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.host.example
${envelopeId === undefined ? "" : `Original-Envelope-Id: ${envelopeId}\n`}X-Postfix-Queue-ID: 6F2A41
Arrival-Date: Mon,  5 Jan 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; mina@customer.example
Action: ${action}
Status: ${status}
Remote-MTA: dns; mx.customer.example
Diagnostic-Code: smtp; 550 5.1.1 <mina@customer.example>: Recipient address
    rejected: Action: delivered
${more}
--${boundary}
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <chat@acme.example>
From: Acme <chat@acme.example>
To: mina@customer.example
Subject: New reply from Acme
Message-ID:
 ${messageId}
X-Note: Original-Envelope-Id: acme/liar/c1/m2/email

--${boundary}--
`
