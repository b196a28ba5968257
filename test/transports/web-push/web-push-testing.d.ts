declare module "web-push-testing/src/PushApiModel.js" {
  /** A push service that really checks signatures and decrypts. */
  export class PushApiModel {
    notifyUrl: string
    messages: Record<string, string[]>
    subscribe(options: { readonly userVisibleOnly: "true"; readonly applicationServerKey: string }): Promise<{
      readonly endpoint: string
      readonly clientHash: string
      readonly keys: { readonly p256dh: string; readonly auth: string }
    }>
    expireSubscription(clientHash: string): void
    handleNotification(
      clientHash: string,
      headers: Readonly<Record<string, string | undefined>>,
      body: Buffer,
    ): Promise<void>
  }
  export class SubscriptionExpiredError extends Error {}
}
