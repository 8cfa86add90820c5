#ifndef PINS_H
#define PINS_H

#define PIN_UART_TX	14
#define PIN_UART_RX	15
