import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites the classes of jars that are older than Java 8 in the format of Java 8, each jar in
 * place. What they do stays the same.
 *
 * <p>An AOT cache holds no class of a format before Java 6, since such classes are verified in
 * another way. picocli is compiled for Java 5, and every command of Salvor starts with it: from the
 * cache it costs 0.1 s less of each start.
 *
 * <p>{@code java ModernClasses.java JAR...}
 */
final class ModernClasses {
  private static final int JAVA_8 = 52;

  private ModernClasses() {}

  public static void main(String[] jars) throws IOException {
    for (var jar : jars) {
      var old = Path.of(jar);
      // Beside it and moved over it: other names of the same file keep what they have.
      var rewritten = old.resolveSibling(old.getFileName() + ".new");
      rewrite(old, rewritten);
      Files.move(
          rewritten, old, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void rewrite(Path from, Path to) throws IOException {
    try (var jar = new JarFile(from.toFile());
        var out = new JarOutputStream(Files.newOutputStream(to))) {
      var format = format(jar);
      for (var entry : Collections.list(jar.entries())) {
        var same = new JarEntry(entry.getName());
        same.setTime(entry.getTime());
        out.putNextEntry(same);
        try (var in = jar.getInputStream(entry)) {
          var bytes = in.readAllBytes();
          out.write(entry.getName().endsWith(".class") ? modern(format, bytes) : bytes);
        }
        out.closeEntry();
      }
    }
  }

  /**
   * From Java 7 on a method says what its stack holds where; the classes of the jar are needed to
   * compute that.
   */
  private static ClassFile format(JarFile jar) {
    var inJar = ClassHierarchyResolver.ofResourceParsing(name -> find(jar, name));
    return ClassFile.of(
        ClassFile.ClassHierarchyResolverOption.of(
            inJar.orElse(ClassHierarchyResolver.defaultResolver())),
        ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
  }

  private static InputStream find(JarFile jar, ClassDesc name) {
    var descriptor = name.descriptorString();
    var entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] modern(ClassFile format, byte[] bytes) {
    var model = format.parse(bytes);
    if (model.majorVersion() >= JAVA_8) {
      return bytes;
    }
    // Each method's code is built anew: what is only copied keeps its old form.
    ClassTransform code =
        ClassTransform.transformingMethods(
            (method, element) -> {
              if (element instanceof CodeModel body) {
                method.transformCode(body, CodeTransform.ACCEPT_ALL);
              } else {
                method.with(element);
              }
            });
    return format.transformClass(
        model, code.andThen(ClassTransform.endHandler(built -> built.withVersion(JAVA_8, 0))));
  }
}
