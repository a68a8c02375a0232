package dev.salvor.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A list of texts that are the words of a command: their order counts, and the same may stand there
 * twice ({@code -e a -e b}). Other lists of texts are sets of names.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Words {}
