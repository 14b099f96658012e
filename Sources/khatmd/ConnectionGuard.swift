import Glibc
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Ends connections that the framework would keep for ever: bodies that trickle in, answers nobody takes, bodies that
/// go on after the answer was sent.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let request: TimeAmount, stall: TimeAmount, cap: Int
  // What changes is owned by the event loop of the connection.
  private var seen = 0
  private var reading = false
  private var answered = false
  /// Requests that came, less answers that were sent: of several, the one that is still coming is the last.
  private var open = 0
  private var timer: Scheduled<Void>?, stalled: Scheduled<Void>?
  private let waiting: WaitingConnections, quick: Service
  private var isFirst = true
  /// Among those that wait; nil: it is our turn.
  private var place: UInt64?

  /// - Parameters:
  ///   - request: from the head of a request to its end.
  ///   - stall: until a client takes more of its answer.
  ///   - cap: bytes of one body, whatever the route allows.
  ///   - quick: whose `CachedVerifyHandler` come behind the framework's own handler, which counts what is under way.
  init(request: TimeAmount, stall: TimeAmount, cap: Int, waiting: WaitingConnections, quick: Service) {
    self.request = request
    self.stall = stall
    self.cap = cap
    self.waiting = waiting
    self.quick = quick
  }

  func handlerAdded(context: ChannelHandlerContext) {
    place = waiting.opened(context.channel)
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandler(OldClients(), position: .before(pipeline.handler(type: HTTP1ToHTTPServerCodec.self)))
    } catch {}  // then such a client waits for the idle limit
  }

  private func close(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }

  /// Whoever takes nothing would have the system keep megabytes for minutes after the end: such a connection is reset.
  private func reset(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: time) {
      _ = (bound.value.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
      bound.value.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      if isFirst { addCachedVerifyHandler(context) }
      seen = 0
      reading = true
      answered = false
      open += 1
      timer?.cancel()
      timer = nil
    case .body(let bytes):
      seen += bytes.readableBytes
      if answered || seen > cap { return context.close(promise: nil) }  // never drain what nobody wants
    case .end:
      reading = false
      timer?.cancel()
      timer = nil
      if let place { waiting.served(place) }
      place = nil
    }
    context.fireChannelRead(data)
  }

  /// The rest of a request is still to come: most come whole, and need no timer.
  func channelReadComplete(context: ChannelHandlerContext) {
    if reading, timer == nil {
      timer = close(context, in: request)
      place = waiting.waits(context.channel, instead: place)
    }
    context.fireChannelReadComplete()
  }

  private func addCachedVerifyHandler(_ context: ChannelHandlerContext) {
    isFirst = false
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandler(
        CachedVerifyHandler(quick),
        position: .after(pipeline.handler(type: HTTPConnectionStateHandler.self))
      )
    } catch {}  // then the routes answer everything
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
    open -= 1
    guard reading, open == 0 else {
      place = waiting.waits(context.channel, instead: place)
      return context.write(data, promise: promise)
    }
    answered = true  // before the body ended: answer, then close
    context.writeAndFlush(data, promise: promise)
    timer?.cancel()
    timer = close(context, in: .milliseconds(500))
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      stalled?.cancel()
      stalled = nil
    } else if stalled == nil {
      stalled = reset(context, in: stall)
    }
    context.fireChannelWritabilityChanged()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    stalled?.cancel()
    waiting.closed(place)
    place = nil
  }
}
