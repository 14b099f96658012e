import Encodings
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Verification

/// Answers a question about a known token where it was read, on the loop that read it: nothing waits, so nothing needs
/// a task.
///
/// It takes a whole small `POST /v1/verify` of the plainest form, when no other answer of the connection is under way
/// and the client takes what it is sent. Whatever else comes, and every token that is not known without a blemish, goes
/// on to the routes untouched, and they answer the same.
final class CachedVerifyHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Of a body; the longest token with its page has less.
  static let maxBytes = 64 << 10

  private let service: Service
  /// A request that may be for us, as far as it has come.
  private var held: (head: HTTPRequest, body: [ByteBuffer], count: Int)?  // owned by the event loop, as are the others
  /// Requests handed on whose answers are not complete.
  private var handedOn = 0
  /// Of the last answer; every answer of a second has the same.
  private var date: (second: Int64, text: String) = (-1, "")

  init(_ service: Service) { self.service = service }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      guard handedOn == 0, context.channel.isWritable, Self.isPlain(head) else {
        handedOn += 1
        return context.fireChannelRead(data)
      }
      held = (head, [], 0)
    case .body(let bytes):
      guard let count = held?.count else { return context.fireChannelRead(data) }
      held?.body.append(bytes)
      held?.count = count + bytes.readableBytes
      if count + bytes.readableBytes > Self.maxBytes { handOn(context) }
    case .end(let trailer):
      guard let request = held else { return context.fireChannelRead(data) }
      if trailer == nil, let answer = answer(request.head, request.body, channel: context.channel) {
        held = nil
        send(answer, context)
      } else {
        handOn(context)
        context.fireChannelRead(data)
      }
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { handedOn -= 1 }
    context.write(data, promise: promise)
  }

  private func handOn(_ context: ChannelHandlerContext) {
    guard let request = held else { return }
    held = nil
    handedOn += 1
    context.fireChannelRead(wrapInboundOut(.head(request.head)))
    for bytes in request.body { context.fireChannelRead(wrapInboundOut(.body(bytes))) }
  }

  /// Nothing in the head that would have to be looked at twice.
  private static func isPlain(_ head: HTTPRequest) -> Bool {
    guard head.method == .post, head.path?.utf8.elementsEqual("/v1/verify".utf8) == true else { return false }
    let fields = head.headerFields
    guard fields[.contentType]?.utf8.elementsEqual("application/json".utf8) == true, fields[.expect] == nil,
      fields[.connection] == nil,
      let length = fields[.contentLength].flatMap({ Int($0) }), length <= maxBytes
    else { return false }
    guard let accept = fields[.accept]?.utf8 else { return true }
    return accept.elementsEqual("*/*".utf8) || accept.elementsEqual("application/json".utf8)
  }

  private func answer(_ head: HTTPRequest, _ body: [ByteBuffer], channel: any Channel) -> [UInt8]? {
    guard RequestPolicyMiddleware.knows(head.authority, service.settings) else { return nil }
    var bytes: [UInt8] = []
    for part in body { bytes += part.readableBytesView }
    let asked: VerifyRequest
    do throws(HTTPRejection) {
      asked = try VerifyRequest.read(bytes)
    } catch {
      return nil
    }  // the routes find the words for it
    guard let decision = service.known(asked),
      RequestPolicyMiddleware.wait(head.headerFields, channel, cost: 1, service: service) == nil
    else { return nil }
    return service.written(decision, asked)
  }

  /// As `VerifyRoutes`, `RequestPolicyMiddleware` and the framework would have sent it.
  private func send(_ answer: [UInt8], _ context: ChannelHandlerContext) {
    var fields = Reply.plainJSON
    RequestPolicyMiddleware.addFields(to: &fields, isPage: false)
    fields[.contentLength] = String(answer.count)
    let second = service.now().seconds
    if date.second != second { date = (second, HTTPDate.text(second)) }
    fields[.date] = date.text
    service.counters.answeredFromCache()
    context.write(wrapOutboundOut(.head(HTTPResponse(status: .ok, headerFields: fields))), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: answer))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
