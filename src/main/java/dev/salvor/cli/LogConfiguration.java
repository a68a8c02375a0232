package dev.salvor.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How logs look: to standard error, since standard output belongs to results and progress; plain
 * text for people, or JSON with {@code SALVOR_LOG_FORMAT=json} (as in the image). Salvor itself at
 * INFO unless {@code SALVOR_LOG_LEVEL} says otherwise, libraries at WARN. In code, not XML: reading
 * XML would cost more than the whole of {@code salvor get}.
 */
public final class LogConfiguration extends ContextAwareBase implements Configurator {
  private static final String SALVOR = "dev.salvor";

  /** Warns of every resource in an alpha version, of which Salvor's own are four. */
  private static final String VERSIONS =
      "io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils";

  /** Tells each failure that the operator tells itself, with its whole stack. */
  private static final String RETRIES =
      "io.javaoperatorsdk.operator.processing.event.EventProcessor";

  private static final String TEXT = "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %-5level %msg %kvp%n";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder(context));
    appender.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    context.getLogger(VERSIONS).setLevel(Level.ERROR);
    context.getLogger(RETRIES).setLevel(Level.ERROR);
    context.getLogger(SALVOR).setLevel(Level.toLevel(variable("SALVOR_LOG_LEVEL"), Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Where a command shows its own progress, changes of state would only be in the way. */
  static void quieten() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger(SALVOR).setLevel(Level.WARN);
    }
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context) {
    if (variable("SALVOR_LOG_FORMAT").equals("json")) {
      var json = new JsonEncoder();
      json.setContext(context);
      json.start();
      return json;
    }
    var text = new PatternLayoutEncoder();
    text.setContext(context);
    text.setPattern(TEXT);
    text.start();
    return text;
  }

  private static String variable(String name) {
    return Optional.ofNullable(System.getenv(name)).orElse("");
  }
}
