/**
 * A backup, a disaster and a restore that anyone can watch in a minute: the same commands, host,
 * worker and engines that guard a real database, on a throw-away one.
 */
@NullMarked
package dev.salvor.cli.demo;

import org.jspecify.annotations.NullMarked;
